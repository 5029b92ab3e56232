/**
 * Requests and replies as the benchmark needs them: encoded once and sent again and again; of a
 * reply only what matters is looked at.
 *
 * Produce v7 and Fetch v11 are used because every broker serves them and because the error code of
 * their replies stands at a fixed place.
 */
import { ApiKey } from "../../protocol/apis.ts"
import { encoder } from "../../protocol/compile.ts"
import { beginRequest, finishFrame } from "../../protocol/frame.ts"
import { FetchRequest } from "../../protocol/messages/fetch.ts"
import { ProduceRequest } from "../../protocol/messages/produce.ts"
import { BatchBuilder } from "../../protocol/records/builder.ts"
import { Writer } from "../../protocol/writer.ts"

const PRODUCE_VERSION = 7
const FETCH_VERSION = 11
const CLIENT_ID = "bench"

/** A batch that is sent over and over. */
export interface Batch {
  readonly bytes: Buffer
  readonly recordCount: number
  /** Bytes of the values alone: what the figures in MB/s count. */
  readonly payloadBytes: number
}

/** Fills a batch of at most `batchBytes` with records of `recordBytes` pseudo-random bytes. */
export function makeBatch(batchBytes: number, recordBytes: number): Batch {
  const builder = new BatchBuilder()
  const value = Buffer.alloc(recordBytes)
  let state = 12_345
  const timestamp = Date.now()
  do {
    for (let at = 0; at < recordBytes; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      value[at] = state >>> 24
    }
    builder.append({ value, timestamp })
  } while (builder.sizeBytes + recordBytes + 24 <= batchBytes)
  const recordCount = builder.recordCount
  return { bytes: builder.build(), recordCount, payloadBytes: recordCount * recordBytes }
}

function encodeFrame(api: number, version: number, write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  beginRequest(writer, { apiKey: api, apiVersion: version, correlationId: 0, clientId: CLIENT_ID })
  write(writer)
  return Buffer.concat(finishFrame(writer) as Uint8Array[])
}

/** A Produce request for one partition, ready to send. */
export function encodeProduceFrame(
  topic: string,
  index: number,
  acks: number,
  records: Buffer,
): Buffer {
  return encodeFrame(ApiKey.Produce, PRODUCE_VERSION, (writer) => {
    const topicData = [{ name: topic, partitionData: [{ index, records }] }]
    encoder(ProduceRequest, PRODUCE_VERSION)(writer, { acks, timeoutMs: 30_000, topicData })
  })
}

/** Where the error code of a one-partition Produce v7 reply stands, after the length prefix. */
export function produceErrorAt(topic: string): number {
  return 4 + 4 + 2 + Buffer.byteLength(topic) + 4 + 4
}

/** The next offset to fetch of a partition. */
export interface Position {
  partition: number
  offset: number
}

/** A Fetch request for partitions of one topic, ready to send. */
export function encodeFetchFrame(
  topic: string,
  positions: readonly Position[],
  maxBytes: number,
): Buffer {
  return encodeFrame(ApiKey.Fetch, FETCH_VERSION, (writer) => {
    const partitions = positions.map(({ partition, offset }) => ({
      partition,
      fetchOffset: offset,
      partitionMaxBytes: maxBytes,
    }))
    const limits = { maxWaitMs: 500, minBytes: 1, maxBytes: 50 * 1024 * 1024 }
    encoder(FetchRequest, FETCH_VERSION)(writer, { ...limits, topics: [{ topic, partitions }] })
  })
}

/** Walks a Fetch v11 reply and moves the positions past its whole batches. Gives the number of
 * record
 *  bytes, and the records of the last partition. */
export function advance(
  bytes: Buffer,
  start: number,
  positions: readonly Position[],
): { length: number; records: Buffer } {
  let at = start + 4 + 4
  const error = bytes.readInt16BE(at)
  if (error !== 0) throw new Error(`fetch was answered with error ${error}`)
  at += 2 + 4
  let recordBytes = 0
  let records = bytes.subarray(0, 0)
  let topics = bytes.readInt32BE(at)
  at += 4
  for (; topics > 0; topics--) {
    at += 2 + bytes.readInt16BE(at)
    let partitions = bytes.readInt32BE(at)
    at += 4
    for (; partitions > 0; partitions--) {
      const position = positions[bytes.readInt32BE(at)]!
      if (bytes.readInt16BE(at + 4) !== 0) throw new Error("a partition was answered with an error")
      at += 4 + 2 + 8 + 8 + 8
      at += 4 + 16 * Math.max(0, bytes.readInt32BE(at)) + 4
      const length = Math.max(0, bytes.readInt32BE(at))
      at += 4
      position.offset = lastWholeBatch(bytes, at, at + length) ?? position.offset
      records = bytes.subarray(at, at + length)
      recordBytes += length
      at += length
    }
  }
  return { length: recordBytes, records }
}

function lastWholeBatch(bytes: Buffer, at: number, end: number): number | undefined {
  let next: number | undefined
  while (end - at >= 61) {
    const length = 12 + bytes.readInt32BE(at + 8)
    if (end - at < length) break
    next =
      bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4) + bytes.readInt32BE(at + 23) + 1
    at += length
  }
  return next
}
