/** A consumer of a simulated broker, one request at a time: joins, syncs, commits, fetches. */
import { ApiKey } from "../../../protocol/apis.ts"
import type { HeartbeatResponse } from "../../../protocol/messages/heartbeat.ts"
import type { JoinGroupResponse } from "../../../protocol/messages/join-group.ts"
import type { OffsetCommitResponse } from "../../../protocol/messages/offset-commit.ts"
import type { OffsetFetchResponse } from "../../../protocol/messages/offset-fetch.ts"
import type { SyncGroupResponse } from "../../../protocol/messages/sync-group.ts"
import { BrokerWorld, type SimulatedClient } from "../../support/broker-world.ts"
import { subscription } from "../../support/subscription.ts"

/** Who commits or asks; nobody in particular when left out. */
export interface As {
  memberId?: string
  generationId?: number
  groupId?: string
}

/** A world with a broker of few offset partitions, closed when the test is over. */
export async function openWorld(config: Record<string, unknown> = {}): Promise<BrokerWorld> {
  return BrokerWorld.open({ config: { "offsets.topic.num.partitions": 3, ...config } })
}

/** Speaks for one consumer of group "g". */
export class GroupClient {
  readonly client: SimulatedClient

  constructor(world: BrokerWorld) {
    this.client = world.connect()
  }

  /** Sends JoinGroup without waiting. */
  sendJoin(version: number, fields: object = {}): void {
    this.client.send(ApiKey.JoinGroup, version, {
      groupId: "g",
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 30_000,
      memberId: "",
      protocolType: "consumer",
      protocols: [{ name: "range", metadata: subscription("t") }],
      ...fields,
    })
  }

  joined(version: number): Promise<JoinGroupResponse> {
    return this.client.reply(ApiKey.JoinGroup, version)
  }

  async join(version: number, fields: object = {}): Promise<JoinGroupResponse> {
    this.sendJoin(version, fields)
    return this.joined(version)
  }

  async sync(version: number, fields: object): Promise<SyncGroupResponse> {
    const body = { groupId: "g", assignments: [], ...fields }
    return this.client.call(ApiKey.SyncGroup, version, body)
  }

  /** Joins an empty group and assigns everything to itself; the member id. */
  async enter(groupId = "g"): Promise<string> {
    const { memberId, generationId } = await this.join(3, { groupId })
    const assignments = [{ memberId, assignment: Buffer.from("everything") }]
    await this.sync(2, { groupId, memberId, generationId, assignments })
    return memberId
  }

  async heartbeat(memberId: string, generationId: number, fields: object = {}): Promise<number> {
    const body = { groupId: "g", memberId, generationId, ...fields }
    const reply = await this.client.call<HeartbeatResponse>(ApiKey.Heartbeat, 4, body)
    return reply.errorCode
  }

  /** Commits one offset of topic "t"; the error code. */
  async commit(partition: number, offset: number, as: As & { metadata?: string } = {}) {
    const reply = await this.client.call<OffsetCommitResponse>(ApiKey.OffsetCommit, 8, {
      ...{ groupId: as.groupId ?? "g", memberId: as.memberId ?? "" },
      generationIdOrMemberEpoch: as.generationId ?? -1,
      topics: [
        {
          name: "t",
          partitions: [
            {
              partitionIndex: partition,
              committedOffset: offset,
              committedMetadata: as.metadata ?? null,
            },
          ],
        },
      ],
    })
    return reply.topics[0]!.partitions[0]!.errorCode
  }

  /** Committed offset of a partition of topic "t"; -1 when there is none. */
  async committed(partition: number, groupId = "g"): Promise<number> {
    const reply = await this.client.call<OffsetFetchResponse>(ApiKey.OffsetFetch, 7, {
      ...{ groupId, topics: [{ name: "t", partitionIndexes: [partition] }] },
    })
    return reply.topics[0]!.partitions[0]!.committedOffset
  }

  /** Makes a topic, by asking for its metadata; its id. */
  async createTopic(name = "t"): Promise<string> {
    const body = { topics: [{ name }], allowAutoTopicCreation: true }
    const reply = await this.client.call<{ topics: { topicId: string }[] }>(
      ApiKey.Metadata,
      12,
      body,
    )
    return reply.topics[0]!.topicId
  }
}
