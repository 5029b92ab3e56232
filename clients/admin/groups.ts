/** Consumer groups: listing, describing, deleting. */
import { ErrorCode } from "../../protocol/errors.ts"
import { DeleteGroupsRequest, DeleteGroupsResponse } from "../../protocol/messages/delete-groups.ts"
import {
  DescribeGroupsRequest,
  DescribeGroupsResponse,
} from "../../protocol/messages/describe-groups.ts"
import { ListGroupsRequest, ListGroupsResponse } from "../../protocol/messages/list-groups.ts"
import { decodeAssignment } from "../consumer/consumer-protocol.ts"
import { GroupCoordinator } from "../consumer/offsets.ts"
import { answerError } from "../errors.ts"
import { api } from "../net/api.ts"
import type { Cluster } from "../net/cluster.ts"
import { retry } from "../net/retry.ts"
import type { TopicPartition } from "../records.ts"

const ListGroups = api(ListGroupsRequest, ListGroupsResponse)
const DescribeGroups = api(DescribeGroupsRequest, DescribeGroupsResponse)
const DeleteGroups = api(DeleteGroupsRequest, DeleteGroupsResponse)

/** A group in a listing. */
export interface ListedGroup {
  readonly groupId: string
  /** "consumer" for consumer groups, "" when nobody has joined yet. */
  readonly protocolType: string
  /** "Stable", "Empty"...; "" when the broker does not tell. */
  readonly state: string
}

/** A member of a group. */
export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly partitions: readonly TopicPartition[]
}

/** A group with its members. */
export interface DescribedGroup {
  readonly groupId: string
  readonly state: string
  readonly protocolType: string
  /** Name of the assignor in use. */
  readonly assignor: string
  readonly members: readonly DescribedMember[]
}

/** Groups of every broker, sorted by id. */
export async function listGroups(cluster: Cluster): Promise<ListedGroup[]> {
  const lists = [...cluster.metadata.nodes.keys()].map((target) =>
    retry(async () => {
      const reply = await cluster.call({ api: ListGroups, target, value: {} })
      if (reply.errorCode !== ErrorCode.NONE) throw answerError(reply.errorCode, "Listing groups")
      return reply.groups
    }, cluster.retryOptions()),
  )
  return (await Promise.all(lists))
    .flat()
    .map(({ groupId, protocolType, groupState }) => ({ groupId, protocolType, state: groupState }))
    .sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
}

/** State and members, in the order of the ids. */
export function describeGroups(
  cluster: Cluster,
  groupIds: readonly string[],
): Promise<DescribedGroup[]> {
  return Promise.all(
    groupIds.map((groupId) =>
      atCoordinator(cluster, groupId, async (target) => {
        const value = { groups: [groupId] }
        const reply = await cluster.call({ api: DescribeGroups, target, value })
        return described(reply, groupId)
      }),
    ),
  )
}

/** Deletes groups that have no members. */
export async function deleteGroups(cluster: Cluster, groupIds: readonly string[]): Promise<void> {
  for (const groupId of groupIds) {
    await atCoordinator(cluster, groupId, async (target) => {
      const value = { groupsNames: [groupId] }
      const reply = await cluster.call({ api: DeleteGroups, target, value })
      const code = reply.results[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
      if (code !== ErrorCode.NONE) throw answerError(code, `Deleting group '${groupId}'`)
    })
  }
}

function atCoordinator<T>(
  cluster: Cluster,
  groupId: string,
  attempt: (coordinator: number) => Promise<T>,
): Promise<T> {
  const coordinator = new GroupCoordinator(cluster, groupId, "main")
  return retry(async () => {
    try {
      return await attempt(await coordinator.find())
    } catch (error) {
      coordinator.forget()
      throw error
    }
  }, cluster.retryOptions())
}

function described(reply: DescribeGroupsResponse, groupId: string): DescribedGroup {
  const [group] = reply.groups
  const code = group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  const isUnknown = code === ErrorCode.GROUP_ID_NOT_FOUND
  if (group === undefined || (code !== ErrorCode.NONE && !isUnknown)) {
    throw answerError(code, `Group '${groupId}'`, { message: group?.errorMessage })
  }
  return {
    groupId,
    state: isUnknown ? "Dead" : group.groupState,
    protocolType: group.protocolType,
    assignor: group.protocolData,
    members: group.members.map(({ memberAssignment, memberMetadata: _, ...member }) => ({
      ...member,
      partitions: group.protocolType === "consumer" ? decodeAssignment(memberAssignment) : [],
    })),
  }
}
