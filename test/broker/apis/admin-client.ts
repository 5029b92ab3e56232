/** What tests of topic APIs ask of a simulated broker, each in one line. */
import { ApiKey } from "../../../protocol/apis.ts"
import type { AlterConfigsResponse } from "../../../protocol/messages/alter-configs.ts"
import type { CreatePartitionsResponse } from "../../../protocol/messages/create-partitions.ts"
import type { CreateTopicsResponse } from "../../../protocol/messages/create-topics.ts"
import type { DescribeConfigsResponse } from "../../../protocol/messages/describe-configs.ts"
import type { IncrementalAlterConfigsResponse } from "../../../protocol/messages/incremental-alter-configs.ts"
import type { ListOffsetsResponse } from "../../../protocol/messages/list-offsets.ts"
import type { ProduceResponse } from "../../../protocol/messages/produce.ts"
import { BatchBuilder } from "../../../protocol/records/builder.ts"
import type { BrokerWorld, SimulatedClient } from "../../support/broker-world.ts"
import { produceBody } from "../../support/record-batches.ts"

export const TOPIC = 2
export const BROKER = 4

/** Configs as pairs, for requests. */
export type Configs = Record<string, string | null>

const pairs = (configs: Configs) =>
  Object.entries(configs).map(([name, value]) => ({ name, value }))

/** A topic to be made, with defaults for what a test does not care about. */
export function topic(name: string, more: object = {}) {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...more }
}

/** A client that makes, changes and describes topics. */
export class AdminClient {
  readonly client: SimulatedClient
  readonly world: BrokerWorld

  constructor(world: BrokerWorld) {
    this.world = world
    this.client = world.connect()
  }

  async createAll(topics: object[], options: { version?: number; validateOnly?: boolean } = {}) {
    const { version = 7, validateOnly = false } = options
    const body = { topics, timeoutMs: 10_000, validateOnly }
    return this.client.call<CreateTopicsResponse>(ApiKey.CreateTopics, version, body)
  }

  /** Makes one topic; its answer. */
  async create(name: string, more: { configs?: Configs; [field: string]: unknown } = {}) {
    const { configs = {}, ...rest } = more
    const body = topic(name, { ...rest, configs: pairs(configs) })
    return (await this.createAll([body])).topics[0]!
  }

  async createPartitions(topics: object[], validateOnly = false) {
    const withDefaults = topics.map((asked) => ({ assignments: null, ...asked }))
    const body = { topics: withDefaults, timeoutMs: 10_000, validateOnly }
    const reply = await this.client.call<CreatePartitionsResponse>(ApiKey.CreatePartitions, 3, body)
    return reply.results
  }

  async describeAll(resources: object[], more: object = {}) {
    const body = { resources, includeSynonyms: false, includeDocumentation: false, ...more }
    const reply = await this.client.call<DescribeConfigsResponse>(ApiKey.DescribeConfigs, 4, body)
    return reply.results
  }

  /** Values of some configs of a topic. */
  async configsOf(resourceName: string, ...names: string[]) {
    const resource = { resourceType: TOPIC, resourceName, configurationKeys: names }
    const [result] = await this.describeAll([resource])
    return Object.fromEntries(result!.configs.map(({ name, value }) => [name, value]))
  }

  /** Single changes of a topic's configs: [name, operation, value]. */
  async alter(
    resourceName: string,
    changes: [string, number, string | null][],
    validateOnly = false,
  ) {
    const configs = changes.map(([name, configOperation, value]) => {
      return { name, configOperation, value }
    })
    const resources = [{ resourceType: TOPIC, resourceName, configs }]
    return (await this.alterAll(resources, validateOnly))[0]!
  }

  async alterAll(resources: object[], validateOnly = false) {
    const key = ApiKey.IncrementalAlterConfigs
    const body = { resources, validateOnly }
    return (await this.client.call<IncrementalAlterConfigsResponse>(key, 1, body)).responses
  }

  /** Replaces a topic's configs. */
  async replace(resourceName: string, configs: Configs, validateOnly = false) {
    const resources = [{ resourceType: TOPIC, resourceName, configs: pairs(configs) }]
    const body = { resources, validateOnly }
    const reply = await this.client.call<AlterConfigsResponse>(ApiKey.AlterConfigs, 2, body)
    return reply.responses[0]!
  }

  /** Appends one batch with a record per timestamp. */
  async produce(name: string, timestamps: readonly number[], index = 0) {
    const builder = new BatchBuilder()
    for (const timestamp of timestamps) builder.append({ value: "v", timestamp })
    const body = produceBody(name, builder.build(), { acks: -1, index })
    const reply = await this.client.call<ProduceResponse>(ApiKey.Produce, 9, body)
    expect(reply.responses[0]!.partitionResponses[0]!.errorCode).toBe(0)
  }

  /** ListOffsets for one partition. */
  async offset(
    asked: { topic: string; timestamp: number; partition?: number; currentLeaderEpoch?: number },
    options: { version?: number; isolationLevel?: number; replicaId?: number } = {},
  ) {
    const { topic: name, timestamp, partition = 0, currentLeaderEpoch = -1 } = asked
    const { version = 11, isolationLevel = 0, replicaId = -1 } = options
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch, timestamp }]
    const body = { replicaId, isolationLevel, topics: [{ name, partitions }], timeoutMs: 1000 }
    const reply = await this.client.call<ListOffsetsResponse>(ApiKey.ListOffsets, version, body)
    return reply.topics[0]!.partitions[0]!
  }
}
