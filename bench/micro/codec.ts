/**
 * What the codecs cost per request on the hot paths: nanoseconds per call, best of many batches.
 * Run: `node dist/bench/micro/codec.js` after a build.
 */
import { ApiKey } from "../../protocol/apis.ts"
import { decoder, encoder } from "../../protocol/compile.ts"
import { beginRequest, beginResponse, endFrame, readRequestHeader } from "../../protocol/frame.ts"
import {
  type FetchCall,
  type FetchReply,
  FetchRequest,
  FetchResponse,
} from "../../protocol/messages/fetch.ts"
import { MetadataResponse } from "../../protocol/messages/metadata.ts"
import {
  type ProduceReply,
  ProduceRequest,
  ProduceResponse,
} from "../../protocol/messages/produce.ts"
import { Reader } from "../../protocol/reader.ts"
import type { Message } from "../../protocol/schema.ts"
import { Writer } from "../../protocol/writer.ts"

const CALLS_PER_BATCH = 5_000
const BATCHES = 60
const TOPIC_ID = "9zLmZWuTQK-rlb_RTQsoUQ"

const reader = new Reader()
const writer = new Writer()

function measure(name: string, run: () => void): void {
  for (let i = 0; i < 30_000; i++) run()
  let best = Number.POSITIVE_INFINITY
  for (let batch = 0; batch < BATCHES; batch++) {
    const start = process.hrtime.bigint()
    for (let i = 0; i < CALLS_PER_BATCH; i++) run()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / CALLS_PER_BATCH)
  }
  console.log(`${name.padEnd(52)} ${best.toFixed(0).padStart(8)} ns`)
}

function requestBytes(message: Message, apiVersion: number, value: object): Buffer {
  beginRequest(writer, { apiKey: message.api!, apiVersion, correlationId: 7, clientId: "client-1" })
  encoder(message, apiVersion)(writer, value)
  endFrame(writer)
  return Buffer.concat(writer.finish() as Uint8Array[]).subarray(4)
}

function measureDecode(name: string, message: Message, version: number, value: object): void {
  const bytes = requestBytes(message, version, value)
  const decode = decoder(message, version)
  let left = 0
  measure(`decode ${name}`, () => {
    readRequestHeader(reader.reset(bytes, 0, bytes.length))
    decode(reader)
    left += reader.remaining
  })
  if (left !== 0) throw new Error(`${name}: ${left} bytes left`)
}

function measureReply(name: string, message: Message, version: number, value: object): void {
  const encode = encoder(message, version)
  measure(`encode ${name}`, () => {
    beginResponse(writer, 7, message.api!, version)
    encode(writer, value)
    endFrame(writer)
  })
}

function produce(topicId: string): object {
  const records = Buffer.alloc(1100, 1)
  return {
    transactionalId: null,
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: "flights", topicId, partitionData: [{ index: 3, records }] }],
  }
}

function produceReply(): ProduceReply {
  const partition = {
    index: 3,
    errorCode: 0,
    baseOffset: 123_456_789,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordErrors: [],
    errorMessage: null,
  }
  return {
    responses: [{ name: "flights", topicId: TOPIC_ID, partitionResponses: [partition] }],
    throttleTimeMs: 0,
  }
}

function fetch(partitionCount: number): FetchCall {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
    partition,
    fetchOffset: 123_456_789_012 + partition,
    partitionMaxBytes: 1 << 20,
  }))
  const topics = [{ topic: "flights", topicId: TOPIC_ID, partitions }]
  return { maxWaitMs: 500, minBytes: 1, maxBytes: 1 << 26, topics }
}

function fetchReply(partitionCount: number): FetchReply {
  const partitions = Array.from({ length: partitionCount }, (_, partitionIndex) => ({
    partitionIndex,
    errorCode: 0,
    highWatermark: 123_456_789_012,
    lastStableOffset: 123_456_789_012,
    logStartOffset: 0,
    abortedTransactions: null,
    records: { fd: 9, position: 4096, length: 1 << 20, release() {} },
  }))
  return { responses: [{ topic: "flights", topicId: TOPIC_ID, partitions }] }
}

function metadataReply(): object {
  const partitions = Array.from({ length: 100 }, (_, partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId: 1,
    leaderEpoch: 0,
    replicaNodes: [1],
    isrNodes: [1],
    offlineReplicas: [],
  }))
  const topic = { errorCode: 0, name: "flights", topicId: TOPIC_ID, isInternal: false, partitions }
  return {
    brokers: [{ nodeId: 1, host: "127.0.0.1", port: 9092, rack: null }],
    clusterId: "4L6g3nShT-eMCtK--X86sw",
    controllerId: 1,
    topics: [topic],
  }
}

measureDecode("Produce v9, 1 partition, with header", ProduceRequest, 9, produce(TOPIC_ID))
measureDecode("Produce v13, 1 partition, with header", ProduceRequest, 13, produce(TOPIC_ID))
measureDecode("Produce v3, 1 partition, with header", ProduceRequest, 3, produce(TOPIC_ID))
measureReply("Produce v9, 1 partition, frame", ProduceResponse, 9, produceReply())
measureReply("Produce v13, 1 partition, frame", ProduceResponse, 13, produceReply())
for (const count of [1, 10, 100]) {
  measureDecode(`Fetch v12, ${count} partitions, with header`, FetchRequest, 12, fetch(count))
  measureDecode(`Fetch v17, ${count} partitions, with header`, FetchRequest, 17, fetch(count))
  measureReply(`Fetch v17, ${count} partitions, frame`, FetchResponse, 17, fetchReply(count))
}
measureReply("Metadata v12, 100 partitions, frame", MetadataResponse, 12, metadataReply())

const start = process.hrtime.bigint()
const [first, last] = FetchRequest.versions
for (let version = first; version <= last; version++) encoder(FetchRequest, version)
const micros = Number(process.hrtime.bigint() - start) / 1e3 / (last - first + 1)
console.log(`${"compile one encoder of Fetch".padEnd(52)} ${micros.toFixed(0).padStart(8)} us`)
console.log(`API keys in the table: ${Object.keys(ApiKey).length}`)
