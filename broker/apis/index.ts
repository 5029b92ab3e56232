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
import { apiVersions } from "./api-versions.ts"
import { deleteGroups } from "./delete-groups.ts"
import { describeGroups } from "./describe-groups.ts"
import { fetch } from "./fetch.ts"
import { findCoordinator } from "./find-coordinator.ts"
import { heartbeat } from "./heartbeat.ts"
import { joinGroup } from "./join-group.ts"
import { leaveGroup } from "./leave-group.ts"
import { listGroups } from "./list-groups.ts"
import { metadata } from "./metadata.ts"
import { offsetCommit } from "./offset-commit.ts"
import { offsetDelete } from "./offset-delete.ts"
import { offsetFetch } from "./offset-fetch.ts"
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
  purgatory: Purgatory<Partition>
  sessions: FetchSessions
  wheel: TimerWheel
}

/** One handler per API this broker serves. */
export function createHandlers(parts: HandlerParts): Map<number, AnyHandler> {
  const { config, catalog, groups, identity, purgatory, sessions, wheel } = parts
  const handlers: Map<number, AnyHandler> = new Map<number, AnyHandler>([
    [ApiKey.Produce, produce({ catalog, wheel })],
    [ApiKey.Fetch, fetch({ catalog, purgatory, sessions, maxBytes: config["fetch.max.bytes"] })],
    [
      ApiKey.Metadata,
      metadata({
        catalog,
        identity,
        isAutoCreating: config["auto.create.topics.enable"],
        partitionCount: config["num.partitions"],
      }),
    ],
    [ApiKey.OffsetCommit, offsetCommit(groups)],
    [ApiKey.OffsetFetch, offsetFetch(groups)],
    [ApiKey.FindCoordinator, findCoordinator(identity)],
    [ApiKey.JoinGroup, joinGroup(groups)],
    [ApiKey.Heartbeat, heartbeat(groups)],
    [ApiKey.LeaveGroup, leaveGroup(groups)],
    [ApiKey.SyncGroup, syncGroup(groups)],
    [ApiKey.DescribeGroups, describeGroups(groups)],
    [ApiKey.ListGroups, listGroups(groups)],
    [ApiKey.ApiVersions, apiVersions(() => handlers.keys())],
    [ApiKey.DeleteGroups, deleteGroups(groups)],
    [ApiKey.OffsetDelete, offsetDelete(groups)],
  ])
  return handlers
}
