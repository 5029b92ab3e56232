/** Values as Protocol Buffers, for message types of protobufjs (reflection or generated code). */
import type { Serde } from "./serde.ts"

/** What is used of a protobufjs `Type` or a generated message class. */
export interface ProtobufType<T> {
  verify?(message: Record<string, unknown>): string | null
  fromObject(object: Record<string, unknown>): T
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

/** One message type; a value that does not fit the type is refused when it is written. */
export function protobufSerde<T>(type: ProtobufType<T>): Serde<T> {
  return {
    serialize(value) {
      const object = value as Record<string, unknown>
      const problem = type.verify?.(object)
      if (problem) throw new TypeError(problem)
      return type.encode(type.fromObject(object)).finish()
    },
    deserialize: (bytes) => type.decode(bytes),
  }
}

/** Parses `.proto` source and gives the serde of one message type in it. */
export async function parseProtobuf(
  source: string,
  typeName: string,
): Promise<Serde<Record<string, unknown>>> {
  const protobuf = (await import("protobufjs")).default
  const type = protobuf.parse(source).root.lookupType(typeName)
  return protobufSerde(type as unknown as ProtobufType<Record<string, unknown>>)
}
