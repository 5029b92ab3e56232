/**
 * The vocabulary in which messages are written down. A message is plain data; the types of its
 * values are inferred from it, and `compile.ts` turns it into code once per version.
 *
 * 1. Field names are those of Kafka's message definitions, first letter lower-cased.
 * 2. `since`/`until` bound the versions a field exists in; left out, it is in all of the message's.
 * 3. One value type serves all versions: a field that a version lacks takes its default.
 * 4. int64 fields are JS numbers, exact below 2^53; a frame with a larger one is refused.
 */
import type { Part } from "./part.ts"

/** What a field is on the wire. `array` and `struct` hold other fields. */
export type Kind =
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "float64"
  | "bool"
  | "string"
  | "uuid"
  | "bytes"
  | "records"
  | "array"
  | "struct"

/** In which versions a field exists, whether it may be null, what it is when nobody says. */
export interface Presence<T = unknown> {
  /** First version that has the field. */
  readonly since?: number
  /** Last version that has the field. */
  readonly until?: number
  /** The field travels as this tag in the flexible versions, and only when it is not default. */
  readonly tag?: number
  /** First version in which null is allowed. */
  readonly nullable?: number
  /** Value when the field is absent (reading) or left out (writing). */
  readonly default?: T
}

/** `R` is what reading returns, `W` what writing accepts, `D` whether writing may leave it out. */
// biome-ignore lint/suspicious/noExplicitAny: a field of unknown type, only narrowed by inference
export interface Field<R = any, W = any, D extends boolean = boolean> extends Presence {
  readonly kind: Kind
  readonly of?: Field
  readonly fields?: Fields
  /** Only types: never set. */
  readonly read?: R
  readonly write?: W
  readonly optional?: D
}

export type Fields = { readonly [name: string]: Field }

type Null<P> = P extends { nullable: number } ? null : never
type HasDefault<P> = "default" extends keyof P ? true : false
type ReadOf<F> = F extends Field<infer R> ? R : never
// biome-ignore lint/suspicious/noExplicitAny: matches every field
type WriteOf<F> = F extends Field<any, infer W> ? W : never
// biome-ignore lint/suspicious/noExplicitAny: matches every field
type Omissible<F> = { [K in keyof F]: F[K] extends Field<any, any, true> ? K : never }[keyof F]

/** The value that decoding a group of fields gives. */
export type Decoded<F> = { -readonly [K in keyof F]: ReadOf<F[K]> }

/** The value that encoding a group of fields takes: fields with a default may be left out. */
export type Encodable<F> = { [K in Exclude<keyof F, Omissible<F>>]: WriteOf<F[K]> } & {
  [K in Omissible<F>]?: WriteOf<F[K]> | undefined
}

function scalar<R, W = R>(kind: Kind) {
  return <const P extends Presence<R | null> = Record<never, never>>(
    presence: P = {} as P,
  ): Field<R | Null<P>, W | Null<P>, HasDefault<P>> => ({ kind, ...presence })
}

/** Signed and unsigned big-endian integers. */
export const int8 = scalar<number>("int8")
export const int16 = scalar<number>("int16")
export const uint16 = scalar<number>("uint16")
export const int32 = scalar<number>("int32")
export const uint32 = scalar<number>("uint32")
/** A 64-bit integer held in a JS number; beyond 2^53 it is refused. */
export const int64 = scalar<number>("int64")
export const float64 = scalar<number>("float64")
export const bool = scalar<boolean>("bool")
/** UTF-8, at most 32767 bytes. */
export const string = scalar<string>("string")
/** Sixteen bytes, shown as 22 characters of base64url, as Kafka prints them. */
export const uuid = scalar<string>("uuid")
/** Opaque bytes; decoded as a view of the frame. */
export const bytes = scalar<Buffer, Uint8Array>("bytes")
/** Record batches: decoded as a view of the frame, encoded from bytes and file slices. */
export const records = scalar<Buffer, Part | readonly Part[]>("records")

/** The uuid that stands for "none". */
export const ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA"
/** The default of byte fields. */
export const NO_BYTES: Buffer = Buffer.alloc(0)

type ArrayPresence = Presence<readonly never[] | null>
type None = Record<never, never>

/** A list: of one field, or of structs when given a group of fields. */
export function array<R, W, const P extends ArrayPresence = None>(
  of: Field<R, W>,
  presence?: P,
): Field<R[] | Null<P>, readonly W[] | Null<P>, HasDefault<P>>
export function array<const F extends Fields, const P extends ArrayPresence = None>(
  of: F,
  presence?: P,
): Field<Decoded<F>[] | Null<P>, readonly Encodable<F>[] | Null<P>, HasDefault<P>>
export function array(of: Field | Fields, presence: ArrayPresence = {}): Field {
  return { kind: "array", of: isField(of) ? of : { kind: "struct", fields: of }, ...presence }
}

/** A group of fields in place. `default: {}` means that each of them has its default. */
export function struct<const F extends Fields, const P extends Presence<None | null> = None>(
  fields: F,
  presence?: P,
): Field<Decoded<F> | Null<P>, Encodable<F> | Null<P>, HasDefault<P>> {
  return { kind: "struct", fields, ...presence }
}

/** A request, a response, or a value carried inside other bytes (then without `api`). */
export interface Message<F extends Fields = Fields> {
  readonly name: string
  /** API key. */
  readonly api?: number
  /** First and last version these fields describe. */
  readonly versions: readonly [number, number]
  /** First flexible version (compact lengths, tagged fields); left out: none is. */
  readonly flexible?: number
  readonly fields: F
}

/** Writes a message down; only the types are at work here. */
export function message<const F extends Fields>(definition: Message<F>): Message<F> {
  return definition
}

/** Whether a version of a message has compact lengths and tagged fields. */
export function isFlexibleVersion(definition: Message, version: number): boolean {
  return definition.flexible !== undefined && version >= definition.flexible
}

/** What decoding a message gives. */
export type MessageOf<M> = M extends Message<infer F> ? Decoded<F> : never
/** What encoding a message takes. */
export type ReplyOf<M> = M extends Message<infer F> ? Encodable<F> : never

function isField(of: Field | Fields): of is Field {
  return typeof of.kind === "string"
}
