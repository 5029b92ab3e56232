/**
 * JoinGroup, versions 0-9. Parks until the rebalance is over. Version 0 has no rebalance timeout:
 * the session's is used; from 4 on a client without an id is first given one (KIP-394); from 9 on a
 * returning static leader is told that nothing is to be assigned (KIP-814).
 */
import type { JoinGroupReply, JoinGroupRequest } from "../../protocol/messages/join-group.ts"
import type { Context, Handler } from "../context.ts"
import { Deferred } from "../deferred.ts"
import type { GroupCoordinator } from "../groups/coordinator.ts"
import type { JoinAnswer } from "../groups/effects.ts"
import type { MemberProtocol } from "../groups/members.ts"

/** Makes the handler of JoinGroup. */
export function joinGroup(groups: GroupCoordinator): Handler<JoinGroupRequest, JoinGroupReply> {
  return (request, context) => {
    const reply = new Deferred<JoinGroupReply>()
    const { memberId, groupInstanceId, protocolType, sessionTimeoutMs } = request
    groups.join(request.groupId, {
      ...{ memberId, groupInstanceId, protocolType, sessionTimeoutMs },
      rebalanceTimeoutMs: context.apiVersion === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocols: copyProtocols(request.protocols),
      clientId: context.clientId ?? "",
      clientHost: `/${context.info.remoteHost}`,
      requiresMemberId: context.apiVersion >= 4,
      canSkipAssignment: context.apiVersion >= 9,
      reason: request.reason ?? "no reason given",
      waiter: (answer) => reply.resolve(toReply(answer, context)),
    })
    return reply
  }
}

/** Only the first of several protocols of one name counts. */
function copyProtocols(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  const names = new Set<string>()
  const copies: MemberProtocol[] = []
  for (const { name, metadata } of protocols) {
    if (names.has(name)) continue
    names.add(name)
    copies.push({ name, metadata: Buffer.from(metadata) })
  }
  return copies
}

function toReply(answer: JoinAnswer, { apiVersion }: Context): JoinGroupReply {
  // Before version 7 the name cannot be null.
  const protocolName = answer.protocolName ?? (apiVersion >= 7 ? null : "")
  return { ...answer, protocolName }
}
