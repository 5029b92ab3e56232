/**
 * Decoders against bytes nobody meant: a corpus of hostile frames, and seeded mutations of valid
 * ones. A decoder gives a value or throws `DecodeError`, never anything else, and never asks for an
 * array that the frame could not fill. SIM_SEED replays one seed.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { apis } from "../../protocol/apis.ts"
import { decoder } from "../../protocol/compile.ts"
import { readRequestHeader, readResponseHeader } from "../../protocol/frame.ts"
import { DecodeError, Reader } from "../../protocol/reader.ts"
import type { Message } from "../../protocol/schema.ts"
import { seeds } from "../support/seeds.ts"
import { Dice, randomMessage, slowEncode } from "./oracle.ts"
import { allMessages, everyVersion } from "./support.ts"

interface Frame {
  readonly bytes: Buffer
  readonly read: (reader: Reader) => unknown
}

interface Exchange {
  readonly api: number
  readonly version: number
  readonly request: string
  readonly response: string
}

/** Largest array that `new Array(count)` was asked for while `run` ran. */
function largestArray(run: () => void): number {
  const OriginalArray = Array
  let largest = 0
  globalThis.Array = new Proxy(OriginalArray, {
    construct(target, args) {
      if (typeof args[0] === "number") largest = Math.max(largest, args[0])
      return Reflect.construct(target, args)
    },
  })
  try {
    run()
  } finally {
    globalThis.Array = OriginalArray
  }
  return largest
}

/** Decodes; throws what no decoder may throw. */
function survives(frame: Frame, bytes: Buffer): "value" | "refused" {
  const reader = new Reader().reset(bytes)
  let outcome: "value" | "refused" = "value"
  const largest = largestArray(() => {
    try {
      frame.read(reader)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      outcome = "refused"
    }
  })
  if (largest > bytes.length) throw new Error(`${largest} elements for ${bytes.length} bytes`)
  return outcome
}

function mutate(bytes: Buffer, dice: Dice): Buffer {
  const mutated = Buffer.from(bytes)
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const at = dice.below(mutated.length)
    const kind = dice.below(5)
    if (kind === 0) mutated[at] = dice.below(256)
    else if (kind === 1) mutated[at]! ^= 1 << dice.below(8)
    else if (kind === 2) mutated.fill(0xff, at, Math.min(at + 1 + dice.below(5), mutated.length))
    else if (kind === 3) mutated.copyWithin(at, dice.below(mutated.length))
    else return mutated.subarray(0, at)
  }
  return mutated
}

function* goldenFrames(): Generator<Frame> {
  const folder = join(__dirname, "../golden/wire")
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), "utf8")
    for (const { api, version, request, response } of JSON.parse(text).exchanges as Exchange[]) {
      const row = apis.get(api)!
      const readRequest = decoder(row.request, version)
      const readResponse = decoder(row.response, version)
      yield {
        bytes: Buffer.from(request, "hex"),
        read: (reader) => [readRequestHeader(reader), readRequest(reader)],
      }
      yield {
        bytes: Buffer.from(response, "hex"),
        read: (reader) => [readResponseHeader(reader, api, version), readResponse(reader)],
      }
    }
  }
}

function randomFrame(message: Message, version: number, dice: Dice): Frame {
  const bytes = slowEncode(message, version, randomMessage(message, version, dice))
  return { bytes, read: decoder(message, version) }
}

describe("hostile frames", () => {
  it("the arrays of decoders are seen by this test", () => {
    const read = decoder(apis.get(0)!.request, 3)
    const bytes = Buffer.from(
      "ffffffff00007530" + "00000002" + "0001610000000000016200000000",
      "hex",
    )
    const reader = new Reader().reset(bytes)
    expect(largestArray(() => read(reader))).toBe(2)
  })

  const corpus = JSON.parse(readFileSync(join(__dirname, "hostile.json"), "utf8")) as {
    what: string
    message: string
    version: number
    hex: string
    isHarmless?: boolean
  }[]

  it.each(corpus)("$what: $message v$version", ({ message, version, hex, isHarmless }) => {
    const read = decoder(allMessages.find(({ name }) => name === message)!, version)
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex")
    const expected = isHarmless ? "value" : "refused"
    expect(survives({ bytes, read }, bytes)).toBe(expected)
  })
})

describe.each(seeds(3))("seed %i", (seed) => {
  it("every truncation and many mutations of golden frames end in a value or a DecodeError", () => {
    const dice = new Dice(seed)
    const outcomes = { value: 0, refused: 0 }
    for (const frame of goldenFrames()) {
      expect(survives(frame, frame.bytes)).toBe("value")
      outcomes[survives(frame, frame.bytes.subarray(0, dice.below(frame.bytes.length)))]++
      for (let round = 0; round < 8; round++) outcomes[survives(frame, mutate(frame.bytes, dice))]++
    }
    expect(outcomes.value).toBeGreaterThan(100)
    expect(outcomes.refused).toBeGreaterThan(100)
  })

  it("mutations of random values of every message and version do, too", () => {
    const dice = new Dice(seed)
    for (const [message, version] of everyVersion()) {
      const frame = randomFrame(message, version, dice)
      for (let round = 0; round < 4; round++) {
        if (frame.bytes.length > 0) survives(frame, mutate(frame.bytes, dice))
      }
    }
  })
})
