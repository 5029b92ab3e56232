/**
 * Moves replicas between the data directories of a broker (KIP-113).
 */
import { array, int16, int32, type MessageOf, message, type ReplyOf, string } from "../schema.ts"

/** What a client sends. */
export const AlterReplicaLogDirsRequest = message({
  name: "AlterReplicaLogDirsRequest",
  api: 34,
  versions: [1, 2],
  flexible: 2,
  fields: {
    dirs: array({
      path: string(),
      topics: array({
        name: string(),
        partitions: array(int32()),
      }),
    }),
  },
})

/** A decoded AlterReplicaLogDirs request. */
export type AlterReplicaLogDirsRequest = MessageOf<typeof AlterReplicaLogDirsRequest>
/** A AlterReplicaLogDirs request to encode: fields with a default may be left out. */
export type AlterReplicaLogDirsCall = ReplyOf<typeof AlterReplicaLogDirsRequest>

/** What the broker answers. */
export const AlterReplicaLogDirsResponse = message({
  name: "AlterReplicaLogDirsResponse",
  api: 34,
  versions: [1, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      topicName: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
})

/** A decoded AlterReplicaLogDirs response. */
export type AlterReplicaLogDirsResponse = MessageOf<typeof AlterReplicaLogDirsResponse>
/** A AlterReplicaLogDirs response to encode: fields with a default may be left out. */
export type AlterReplicaLogDirsReply = ReplyOf<typeof AlterReplicaLogDirsResponse>
