/**
 * The vocabulary of options: what one option is, and how its text becomes a value. The tables made
 * of it are config.ts (broker) and topic-config.ts (topics).
 *
 * Kafka writes "no limit" as the largest int64, which is no exact JavaScript number: such values
 * are kept as FOREVER and shown as Kafka shows them.
 */

/** Kafka's names of the types of options. */
export type OptionType = "boolean" | "string" | "int" | "long" | "double" | "list"

/** Stands for the largest int64: no limit. */
export const FOREVER = Number.MAX_SAFE_INTEGER
const LARGEST_INT64 = "9223372036854775807"

/** One option: what it may hold, what it holds when nobody sets it, what it is for. */
export interface Option<T = unknown> {
  readonly type: OptionType
  readonly default: T
  readonly doc: string
  /** What is allowed, as a message may say it: "an integer of at least 1". */
  readonly allowed: string
  /** Whether `null` (not set) is a value. */
  readonly isNullable: boolean
  /** The value of a text; undefined when it is not allowed. */
  parse(text: string): T | undefined
}

/** The type of the values of an option. */
export type ValueOf<O> = O extends Option<infer T> ? T : never

interface Numeric {
  default: number
  doc: string
  min?: number
  max?: number
  /** A single value below `min` that is allowed too, such as -1 for "no limit". */
  except?: number
}

const INT_MAX = 2 ** 31 - 1

/** A 32-bit integer. */
export function int(options: Numeric): Option<number> {
  return integer("int", { max: INT_MAX, min: -INT_MAX - 1, ...options })
}

/** A 64-bit integer. */
export function long(options: Numeric): Option<number> {
  return integer("long", { max: FOREVER, min: -FOREVER, ...options })
}

/** A 64-bit integer that may be left unset, for options that take precedence over another. */
export function optionalLong(options: Omit<Numeric, "default">): Option<number | null> {
  return { ...long({ ...options, default: 0 }), default: null, isNullable: true }
}

function integer(type: "int" | "long", options: Required<Omit<Numeric, "except">> & Numeric) {
  const { min, max, except } = options
  const isAllowed = (value: number) => (value >= min && value <= max) || value === except
  return {
    type,
    default: options.default,
    doc: options.doc,
    allowed: allowedIntegers(options),
    isNullable: false,
    parse(text: string): number | undefined {
      const trimmed = text.trim()
      if (!/^[+-]?\d{1,19}$/.test(trimmed)) return undefined
      const value = Math.min(Number(trimmed), FOREVER)
      return isAllowed(value) ? value : undefined
    },
  }
}

function allowedIntegers({ min, max, except }: { min: number; max: number; except?: number }) {
  const low = min > -INT_MAX - 1
  const high = max < INT_MAX || (max > INT_MAX && max < FOREVER)
  const also = except === undefined ? "" : `, or ${except}`
  if (low && high) return `an integer from ${min} to ${max}${also}`
  if (low) return `an integer of at least ${min}${also}`
  return high ? `an integer of at most ${max}${also}` : "an integer"
}

/** A number with a fraction. */
export function double(options: {
  default: number
  doc: string
  min: number
  max: number
}): Option<number> {
  const { min, max, doc } = options
  return {
    type: "double",
    default: options.default,
    doc,
    allowed: `a number from ${min} to ${max}`,
    isNullable: false,
    parse(text) {
      const value = text.trim() === "" ? Number.NaN : Number(text)
      return value >= min && value <= max ? value : undefined
    },
  }
}

/** True or false. */
export function boolean(options: { default: boolean; doc: string }): Option<boolean> {
  return {
    type: "boolean",
    ...options,
    allowed: "true or false",
    isNullable: false,
    parse(text) {
      const word = text.trim().toLowerCase()
      return word === "true" ? true : word === "false" ? false : undefined
    },
  }
}

/** One word out of a few. */
export function choice<const T extends string>(options: {
  values: readonly T[]
  default: NoInfer<T>
  doc: string
}): Option<T> {
  const { values, doc } = options
  return {
    type: "string",
    default: options.default,
    doc,
    allowed: values.length === 1 ? `only ${values[0]}` : `one of ${values.join(", ")}`,
    isNullable: false,
    parse: (text) => values.find((value) => value === text.trim()),
  }
}

/** Any text, or one that `check` allows. The empty text stands for "not set". */
export function text(options: {
  default: string
  doc: string
  allowed?: string
  check?(text: string): boolean
}): Option<string> {
  const { check = () => true, doc, allowed = "a text" } = options
  return {
    type: "string",
    default: options.default,
    doc,
    allowed,
    isNullable: false,
    parse: (value) => (value === "" || check(value.trim()) ? value.trim() : undefined),
  }
}

/** Several texts, separated by commas. */
export function list<const T extends string = string>(options: {
  default: readonly T[]
  doc: string
  allowed?: string
  /** Whether an entry is allowed. */
  check?(entry: string): boolean
  isEmptyAllowed?: boolean
}): Option<readonly T[]> {
  const { check = () => true, doc, allowed = "texts separated by commas" } = options
  return {
    type: "list",
    default: options.default,
    doc,
    allowed,
    isNullable: false,
    parse(value) {
      const trimmed = value.trim()
      const entries = trimmed === "" ? [] : trimmed.split(",").map((entry) => entry.trim())
      if (entries.length === 0 && !options.isEmptyAllowed) return undefined
      return entries.every((entry) => entry !== "" && check(entry)) ? (entries as T[]) : undefined
    },
  }
}

/** Several words out of a few, separated by commas; or none of them. */
export function choices<const T extends string>(options: {
  values: readonly T[]
  default: readonly NoInfer<T>[]
  doc: string
}): Option<readonly T[]> {
  const { values } = options
  return list<T>({
    default: options.default,
    doc: options.doc,
    isEmptyAllowed: true,
    allowed: `any of ${values.join(", ")}, separated by commas`,
    check: (entry) => values.includes(entry as T),
  })
}

/** The text of a value, as Kafka's tools show it; null when it is not set. */
export function formatValue(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value === FOREVER) return LARGEST_INT64
  if (Array.isArray(value)) return value.join(",")
  return String(value)
}

/** The text of a value as somebody may have given it: text, number, boolean, array, null. */
export function textOf(value: unknown): string | null | undefined {
  if (value === null) return null
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string")
    return formatValue(value)
  if (Array.isArray(value) && value.every((entry) => typeof entry === "string"))
    return value.join(",")
  return undefined
}

/** The name that is nearest to a mistyped one; undefined when none is near. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined
  let least = Math.max(2, Math.floor(name.length / 4)) + 1
  for (const candidate of names) {
    const distance = editDistance(name, candidate, least)
    if (distance < least) {
      least = distance
      nearest = candidate
    }
  }
  return nearest
}

/** Longest name that is compared with others: a client may send any. */
const MAX_COMPARED_LENGTH = 100

/** Characters to be added, removed, changed or swapped; `limit` when that many or more. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  if (left.length > MAX_COMPARED_LENGTH) return limit
  let before: number[] = []
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const isSame = left[i - 1] === right[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (isSame ? 0 : 1))
      const isSwap = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]
      if (isSwap) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return Math.min(row[right.length]!, limit)
}
