/**
 * Source of an encoder: straight-line JavaScript for one version of a message, one function per
 * struct. Tagged fields are written only when they differ from their default, as Kafka does.
 */
import type { Field, Fields, Message } from "../schema.ts"
import {
  defaultSource,
  fixedBytes,
  isNullable,
  plainFields,
  type Shape,
  shapeOf,
  taggedFields,
} from "./shape.ts"

interface Output {
  readonly shape: Shape
  readonly functions: string[]
}

/** Body of a function that returns `(writer, value) => void`; it may use `EMPTY`. */
export function encoderSource(definition: Message, version: number): string {
  const out: Output = { shape: shapeOf(definition, version), functions: [] }
  const root = structFunction(definition.fields, out)
  return `"use strict"\n${out.functions.join("\n")}\nreturn ${root}`
}

function structFunction(fields: Fields, out: Output): string {
  const lines = plainFields(fields, out.shape).map(([name, field]) => {
    if (!hasDefault(field)) return writeSource(field, `m.${name}`, out)
    const value = `v_${name}`
    const source = `let ${value} = m.${name}; if (${value} === undefined) ${value} = `
    return `${source}${defaultSource(field)}\n${writeSource(field, value, out)}`
  })
  if (out.shape.isFlexible) lines.push(tagsSource(fields, out))
  return addFunction(out, "w, m", lines.join("\n"))
}

function hasDefault(field: Field): boolean {
  return field.default !== undefined
}

function tagsSource(fields: Fields, out: Output): string {
  const tagged = taggedFields(fields, out.shape)
  if (tagged.length === 0) return "w.varuint(0)"
  const flags = tagged.map(
    ([name, field]) => `const t${field.tag} = ${differs(field, `m.${name}`)}`,
  )
  const total = tagged.map(([, field]) => `(t${field.tag} ? 1 : 0)`).join(" + ")
  const writes = tagged.map(
    ([name, field]) => `if (t${field.tag}) { ${tagSource(field, `m.${name}`, out)} }`,
  )
  return `${flags.join("\n")}\nw.varuint(${total})\n${writes.join("\n")}`
}

function tagSource(field: Field, value: string, out: Output): string {
  const fixed = isNullable(field, out.shape) ? undefined : fixedBytes(field, out.shape)
  if (fixed !== undefined) {
    return `w.varuint(${field.tag}); w.varuint(${fixed}); ${writeSource(field, value, out)}`
  }
  const inner = addFunction(out, "w, v", writeSource(field, "v", out))
  return `w.varuint(${field.tag}); const n = w.beginNested(); ${inner}(n, ${value}); w.endNested(n)`
}

/** Source of "this value is given and is not the default". */
function differs(field: Field, value: string): string {
  return `${value} !== undefined && ${isOther(field, value)}`
}

function isOther(field: Field, value: string): string {
  if (field.default === null) return `${value} !== null`
  if (field.kind === "array" || field.kind === "bytes") {
    return field.nullable === undefined
      ? `${value}.length > 0`
      : `(${value} === null || ${value}.length > 0)`
  }
  if (field.kind !== "struct") return `${value} !== ${defaultSource(field)}`
  const inner = Object.entries(field.fields!).map(([k, f]) => `(${differs(f, `${value}.${k}`)})`)
  return `(${inner.join(" || ")})`
}

function writeSource(field: Field, value: string, out: Output): string {
  switch (field.kind) {
    case "array":
      return `${arrayFunction(field, out)}(w, ${value})`
    case "struct":
      return structSource(field, value, out)
    case "string":
      return `w.${methodName("String", "string", field, out.shape)}(${value})`
    case "bytes":
      return `w.${methodName("Bytes", "bytes32", field, out.shape)}(${value})`
    case "records":
      return `w.${out.shape.isFlexible ? "compactRecords" : "records32"}(${value})`
    default:
      return `w.${field.kind}(${value})`
  }
}

function structSource(field: Field, value: string, out: Output): string {
  const call = `${structFunction(field.fields!, out)}(w, ${value})`
  if (!isNullable(field, out.shape)) return call
  return `w.present(${value} !== null); if (${value} !== null) ${call}`
}

function arrayFunction(field: Field, out: Output): string {
  const count = out.shape.isFlexible ? "compactCount" : "count"
  const orNull = isNullable(field, out.shape)
    ? `if (items === null) { w.${count}(-1); return }\n`
    : ""
  const body = `${orNull}const n = items.length
w.${count}(n)
for (let i = 0; i < n; i++) { const item = items[i]; ${writeSource(field.of!, "item", out)} }`
  return addFunction(out, "w, items", body)
}

function methodName(noun: string, plain: string, field: Field, shape: Shape): string {
  const nullable = isNullable(field, shape)
  if (shape.isFlexible) return `compact${nullable ? "Nullable" : ""}${noun}`
  return nullable ? `nullable${noun}${noun === "Bytes" ? "32" : ""}` : plain
}

function addFunction(out: Output, parameters: string, body: string): string {
  const name = `f${out.functions.length}`
  out.functions.push(`function ${name}(${parameters}) {\n${body}\n}`)
  return name
}
