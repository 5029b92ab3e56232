/**
 * Source of a decoder: straight-line JavaScript for one version of a message, one function per
 * struct, no test of versions left at run time.
 */
import type { Field, Fields, Message } from "../schema.ts"
import {
  defaultSource,
  isNullable,
  isPresent,
  isTagged,
  minBytes,
  type Shape,
  shapeOf,
  taggedFields,
} from "./shape.ts"

interface Output {
  readonly shape: Shape
  readonly functions: string[]
}

/** Body of a function that returns `(reader) => value`; it may use `EMPTY`, an empty buffer. */
export function decoderSource(definition: Message, version: number): string {
  const out: Output = { shape: shapeOf(definition, version), functions: [] }
  const root = structFunction(definition.fields, out)
  return `"use strict"\n${out.functions.join("\n")}\nreturn ${root}`
}

function structFunction(fields: Fields, out: Output): string {
  const names = Object.keys(fields)
  const lines = names.map((name) => {
    const field = fields[name]!
    const isRead = isPresent(field, out.shape) && !isTagged(field, out.shape)
    return `let ${local(name)} = ${isRead ? readSource(field, out) : defaultSource(field)}`
  })
  if (out.shape.isFlexible) lines.push(tagsSource(fields, out))
  const object = names.map((name) => `${name}: ${local(name)}`).join(", ")
  return addFunction(out, `${lines.join("\n")}\nreturn { ${object} }`)
}

function tagsSource(fields: Fields, out: Output): string {
  const tagged = taggedFields(fields, out.shape)
  if (tagged.length === 0) return "r.skipTags()"
  const cases = tagged.map(
    ([name, field]) =>
      `case ${field.tag}: ${local(name)} = ${readSource(field, out)}; r.endTag(from, size); break`,
  )
  return `for (let left = r.varuint(); left > 0; left--) {
const tag = r.varuint(), size = r.varuint(), from = r.position
switch (tag) {
${cases.join("\n")}
default: r.skip(size)
}
}`
}

function readSource(field: Field, out: Output): string {
  switch (field.kind) {
    case "array":
      return `${arrayFunction(field, out)}(r)`
    case "struct":
      return structSource(field, out)
    case "string":
      return `r.${methodName("String", "string", field, out.shape)}()`
    case "bytes":
    case "records":
      return `r.${methodName("Bytes", "bytes", field, out.shape)}()`
    default:
      return `r.${field.kind}()`
  }
}

function structSource(field: Field, out: Output): string {
  const call = `${structFunction(field.fields!, out)}(r)`
  return isNullable(field, out.shape) ? `(r.present() ? ${call} : null)` : call
}

function arrayFunction(field: Field, out: Output): string {
  const of = field.of!
  const nullable = isNullable(field, out.shape)
  const method = methodName("Count", "count", field, out.shape)
  const body = `const n = r.${method}(${minBytes(of, out.shape)})
${nullable ? "if (n < 0) return null\n" : ""}if (n === 0) return []
const items = new Array(n)
for (let i = 0; i < n; i++) items[i] = ${readSource(of, out)}
return items`
  return addFunction(out, body)
}

/** `compactNullableString`, `nullableString`, `compactString` or `string`; bytes has a suffix. */
function methodName(noun: string, plain: string, field: Field, shape: Shape): string {
  const nullable = isNullable(field, shape)
  if (shape.isFlexible) return `compact${nullable ? "Nullable" : ""}${noun}`
  const suffix = noun === "Bytes" ? "32" : ""
  return nullable ? `nullable${noun}${suffix}` : `${plain}${suffix}`
}

function addFunction(out: Output, body: string): string {
  const name = `f${out.functions.length}`
  out.functions.push(`function ${name}(r) {\n${body}\n}`)
  return name
}

/** Field names may be words that JavaScript keeps for itself. */
function local(name: string): string {
  return `$${name}`
}
