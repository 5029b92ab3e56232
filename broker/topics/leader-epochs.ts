/** What a client believes of the leader, against what is: KIP-320. */
import { ErrorCode } from "../../protocol/errors.ts"
import type { Partition } from "./partition.ts"

/** Stands for "I do not know" in requests, and for "there is none" in replies. */
export const NO_EPOCH = -1

/** The error for a client whose idea of the leader epoch is too old or too new; else NONE. */
export function leaderEpochError(partition: Partition, currentLeaderEpoch: number): number {
  if (currentLeaderEpoch === NO_EPOCH || currentLeaderEpoch === partition.leaderEpoch)
    return ErrorCode.NONE
  return currentLeaderEpoch < partition.leaderEpoch
    ? ErrorCode.FENCED_LEADER_EPOCH
    : ErrorCode.UNKNOWN_LEADER_EPOCH
}
