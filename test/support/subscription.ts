/** What a consumer tells its group it reads, as the members' metadata has it. */

/** The version 0 subscription of a consumer. */
export function subscription(...topics: string[]): Buffer {
  const strings = topics.map((topic) => {
    const length = Buffer.alloc(2)
    length.writeInt16BE(topic.length)
    return Buffer.concat([length, Buffer.from(topic)])
  })
  const count = Buffer.alloc(4)
  count.writeInt32BE(topics.length)
  const userData = Buffer.from([255, 255, 255, 255])
  return Buffer.concat([Buffer.alloc(2), count, ...strings, userData])
}
