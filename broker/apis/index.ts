/** The table of APIs: key -> handler, made from the parts of the broker. */
import { ApiKey } from "../../protocol/apis.ts"
import type { BrokerConfig } from "../config.ts"
import type { Context, Outcome } from "../context.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"
import type { Identity } from "../identity.ts"
import type { Purgatory } from "../purgatory.ts"
import type { TimerWheel } from "../timer-wheel.ts"
import type { Catalog } from "../topics/catalog.ts"
import type { FetchSessions } from "../topics/fetch-session.ts"
import type { Partition } from "../topics/partition.ts"
import type { ProducerIds } from "../transactions/producer-ids.ts"
import { alterConfigs } from "./alter-configs.ts"
import { apiVersions } from "./api-versions.ts"
import { createPartitions } from "./create-partitions.ts"
import { createTopics } from "./create-topics.ts"
import { deleteGroups } from "./delete-groups.ts"
import { deleteRecords } from "./delete-records.ts"
import { deleteTopics } from "./delete-topics.ts"
import { describeCluster } from "./describe-cluster.ts"
import { describeConfigs } from "./describe-configs.ts"
import { describeGroups } from "./describe-groups.ts"
import { fetch } from "./fetch.ts"
import { findCoordinator } from "./find-coordinator.ts"
import { heartbeat } from "./heartbeat.ts"
import { incrementalAlterConfigs } from "./incremental-alter-configs.ts"
import { initProducerId } from "./init-producer-id.ts"
import { joinGroup } from "./join-group.ts"
import { leaveGroup } from "./leave-group.ts"
import { listGroups } from "./list-groups.ts"
import { listOffsets } from "./list-offsets.ts"
import { metadata } from "./metadata.ts"
import { offsetCommit } from "./offset-commit.ts"
import { offsetDelete } from "./offset-delete.ts"
import { offsetFetch } from "./offset-fetch.ts"
import { offsetForLeaderEpoch } from "./offset-for-leader-epoch.ts"
import { produce } from "./produce.ts"
import { syncGroup } from "./sync-group.ts"

/** A handler whose message types the router takes from the table of APIs. */
export type AnyHandler = (request: never, context: Context) => Outcome<unknown>

/** Everything handlers are made from. */
export interface HandlerParts {
  config: BrokerConfig
  identity: Identity
  catalog: Catalog
  groups: GroupCoordinator
  producerIds: ProducerIds
  purgatory: Purgatory<Partition>
  sessions: FetchSessions
  wheel: TimerWheel
}

type Entry = [key: number, handler: AnyHandler]

/** One handler per API this broker serves. */
export function createHandlers(parts: HandlerParts): Map<number, AnyHandler> {
  const handlers = new Map<number, AnyHandler>([
    ...recordHandlers(parts),
    ...topicHandlers(parts),
    ...groupHandlers(parts.groups, parts.identity),
  ])
  handlers.set(
    ApiKey.ApiVersions,
    apiVersions(() => handlers.keys()),
  )
  return handlers
}

/** Records in and out, and where they are. */
function recordHandlers(parts: HandlerParts): Entry[] {
  const { config, catalog, purgatory, sessions, wheel } = parts
  return [
    [ApiKey.Produce, produce({ catalog, wheel })],
    [ApiKey.Fetch, fetch({ catalog, purgatory, sessions, maxBytes: config["fetch.max.bytes"] })],
    [ApiKey.ListOffsets, listOffsets(catalog)],
    [ApiKey.InitProducerId, initProducerId(parts.producerIds)],
    [ApiKey.OffsetForLeaderEpoch, offsetForLeaderEpoch(catalog)],
    [ApiKey.DeleteRecords, deleteRecords(catalog)],
  ]
}

/** Topics, configs, the cluster. */
function topicHandlers({ config, catalog, groups, identity }: HandlerParts): Entry[] {
  const topics = { catalog, config, nodeId: identity.nodeId }
  const creation = {
    isAutoCreating: config["auto.create.topics.enable"],
    partitionCount: config["num.partitions"],
  }
  return [
    [ApiKey.Metadata, metadata({ catalog, identity, ...creation })],
    [ApiKey.CreateTopics, createTopics(topics)],
    [
      ApiKey.DeleteTopics,
      deleteTopics({
        catalog,
        isEnabled: config["delete.topic.enable"],
        onDeleted: (topic) => groups.forgetTopic(topic),
      }),
    ],
    [ApiKey.CreatePartitions, createPartitions(topics)],
    [ApiKey.DescribeConfigs, describeConfigs(topics)],
    [ApiKey.AlterConfigs, alterConfigs(topics)],
    [ApiKey.IncrementalAlterConfigs, incrementalAlterConfigs(topics)],
    [ApiKey.DescribeCluster, describeCluster(identity)],
  ]
}

/** Groups and their offsets. */
function groupHandlers(groups: GroupCoordinator, identity: Identity): Entry[] {
  return [
    [ApiKey.FindCoordinator, findCoordinator(identity)],
    [ApiKey.JoinGroup, joinGroup(groups)],
    [ApiKey.SyncGroup, syncGroup(groups)],
    [ApiKey.Heartbeat, heartbeat(groups)],
    [ApiKey.LeaveGroup, leaveGroup(groups)],
    [ApiKey.OffsetCommit, offsetCommit(groups)],
    [ApiKey.OffsetFetch, offsetFetch(groups)],
    [ApiKey.OffsetDelete, offsetDelete(groups)],
    [ApiKey.ListGroups, listGroups(groups)],
    [ApiKey.DescribeGroups, describeGroups(groups)],
    [ApiKey.DeleteGroups, deleteGroups(groups)],
  ]
}
