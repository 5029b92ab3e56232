/**
 * Between values and bytes. A serde is any object with these two methods; the ones in this folder
 * are examples as much as parts. `null` never reaches a serde: it stays null on both sides.
 */

/** Turns a value into bytes. A string stands for its UTF-8 bytes. */
export interface Serializer<T> {
  serialize(value: T, topic: string): Uint8Array | string | null
}

/** Turns bytes into a value. The bytes are a view of what was fetched: copy them to keep them
 *  without keeping the whole fetched block in memory. */
export interface Deserializer<T> {
  deserialize(bytes: Buffer, topic: string): T
}

/** Both directions. */
export interface Serde<T> extends Serializer<T>, Deserializer<T> {}

/** Bytes as they are; strings become UTF-8 when written. What clients do without a serde. */
export const bytesSerde: Serializer<Uint8Array | string> & Deserializer<Buffer> = {
  serialize: (value) => value,
  deserialize: (bytes) => bytes,
}
