/** What the protocol tests share: all messages there are, and encoding to one buffer. */
import { apis } from "../../protocol/apis.ts"
import { encoder } from "../../protocol/compile.ts"
import type { Message } from "../../protocol/schema.ts"
import { Writer } from "../../protocol/writer.ts"

/** Requests and responses of every API in the table. */
export const allMessages: readonly Message[] = [...apis.values()].flatMap((api) => [
  api.request,
  api.response,
])

/** Every message with each of its versions. */
export function* everyVersion(): Generator<[Message, number]> {
  for (const message of allMessages) {
    const [first, last] = message.versions
    for (let version = first; version <= last; version++) yield [message, version]
  }
}

const writer = new Writer()

/** The bytes of a value, in a buffer of their own. */
export function encode(message: Message, version: number, value: object): Buffer {
  encoder(message, version)(writer.reset(), value as never)
  return Buffer.concat(writer.finish() as Uint8Array[])
}
