/**
 * What the decoder and the encoder of one version have to agree on: which fields exist, which may
 * be null, how small an element can be, and what a field is when nobody says.
 */
import { type Field, type Fields, isFlexibleVersion, type Message, ZERO_UUID } from "../schema.ts"

/** One message seen from one version. */
export interface Shape {
  readonly version: number
  readonly isFlexible: boolean
}

/** The view of a message that a version gives. */
export function shapeOf(definition: Message, version: number): Shape {
  return { version, isFlexible: isFlexibleVersion(definition, version) }
}

/** Whether the version has the field at all. */
export function isPresent(field: Field, { version }: Shape): boolean {
  return version >= (field.since ?? 0) && version <= (field.until ?? Number.POSITIVE_INFINITY)
}

/** Whether the version allows null for the field. */
export function isNullable(field: Field, { version }: Shape): boolean {
  return field.nullable !== undefined && version >= field.nullable
}

/** Whether the field travels as a tag. */
export function isTagged(field: Field, shape: Shape): boolean {
  return field.tag !== undefined && shape.isFlexible
}

/** Fields that the version writes in order. */
export function plainFields(fields: Fields, shape: Shape): [string, Field][] {
  return Object.entries(fields).filter(([, f]) => isPresent(f, shape) && f.tag === undefined)
}

/** Fields that the version writes as tags, ascending. */
export function taggedFields(fields: Fields, shape: Shape): [string, Field][] {
  return Object.entries(fields)
    .filter(([, f]) => isPresent(f, shape) && isTagged(f, shape))
    .sort(([, a], [, b]) => a.tag! - b.tag!)
}

const FIXED_BYTES: { readonly [kind: string]: number } = {
  int8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
}

/** The fewest bytes that a value of the field can take. */
export function minBytes(field: Field, shape: Shape): number {
  const fixed = FIXED_BYTES[field.kind]
  if (fixed !== undefined) return fixed
  if (field.kind === "struct") {
    return isNullable(field, shape) ? 1 : minStructBytes(field.fields!, shape)
  }
  if (shape.isFlexible) return 1
  return field.kind === "string" ? 2 : 4
}

function minStructBytes(fields: Fields, shape: Shape): number {
  const own = plainFields(fields, shape).reduce((sum, [, f]) => sum + minBytes(f, shape), 0)
  return own + (shape.isFlexible ? 1 : 0)
}

/** The bytes that every value of the field takes, or undefined when they differ. */
export function fixedBytes(field: Field, shape: Shape): number | undefined {
  if (field.kind !== "struct") return FIXED_BYTES[field.kind]
  if (isNullable(field, shape) || taggedFields(field.fields!, shape).length > 0) return undefined
  let sum = shape.isFlexible ? 1 : 0
  for (const [, f] of plainFields(field.fields!, shape)) {
    const bytes = fixedBytes(f, shape)
    if (bytes === undefined) return undefined
    sum += bytes
  }
  return sum
}

/** JavaScript source of the field's default; a fresh value each time it runs. */
export function defaultSource(field: Field): string {
  if (field.kind === "struct" && field.default !== null) {
    const parts = Object.entries(field.fields!).map(([k, f]) => `${k}:${defaultSource(f)}`)
    return `{${parts.join(",")}}`
  }
  if (field.default !== undefined) return JSON.stringify(field.default)
  return ZERO_SOURCE[field.kind] ?? "0"
}

const ZERO_SOURCE: { readonly [kind: string]: string } = {
  bool: "false",
  string: '""',
  uuid: JSON.stringify(ZERO_UUID),
  bytes: "EMPTY",
  records: "null",
  array: "[]",
}
