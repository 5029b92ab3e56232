/**
 * Kafka's error codes: number, name, whether trying again may help, and a text of ours.
 * The numbers and names are the protocol's (Apache Kafka 4.3.1); `test/protocol/errors.test.ts`
 * compares them with its client.
 */

type Row = readonly [name: string, code: number, retry: "retry" | "final", text: string]

const rows = [
  ["UNKNOWN_SERVER_ERROR", -1, "final", "unexpected failure on the server"],
  ["NONE", 0, "final", "no error"],
  ["OFFSET_OUT_OF_RANGE", 1, "final", "the offset is outside the log of the partition"],
  ["CORRUPT_MESSAGE", 2, "retry", "the records are damaged: wrong checksum, size or form"],
  ["UNKNOWN_TOPIC_OR_PARTITION", 3, "retry", "no such topic or partition here"],
  ["INVALID_FETCH_SIZE", 4, "final", "the fetch size is not valid"],
  ["LEADER_NOT_AVAILABLE", 5, "retry", "the partition has no leader at the moment"],
  ["NOT_LEADER_OR_FOLLOWER", 6, "retry", "another broker leads the partition"],
  ["REQUEST_TIMED_OUT", 7, "retry", "the request took too long"],
  ["BROKER_NOT_AVAILABLE", 8, "final", "the broker is not available"],
  ["REPLICA_NOT_AVAILABLE", 9, "retry", "the replica is not available"],
  ["MESSAGE_TOO_LARGE", 10, "final", "a record batch is larger than allowed"],
  ["STALE_CONTROLLER_EPOCH", 11, "final", "the controller has moved"],
  ["OFFSET_METADATA_TOO_LARGE", 12, "final", "the metadata beside a committed offset is too long"],
  ["NETWORK_EXCEPTION", 13, "retry", "the connection was lost before an answer came"],
  ["COORDINATOR_LOAD_IN_PROGRESS", 14, "retry", "the coordinator is still loading its state"],
  ["COORDINATOR_NOT_AVAILABLE", 15, "retry", "the coordinator is not available"],
  ["NOT_COORDINATOR", 16, "retry", "another broker coordinates this group or transaction"],
  ["INVALID_TOPIC_EXCEPTION", 17, "final", "the topic name is not allowed"],
  ["RECORD_LIST_TOO_LARGE", 18, "final", "the records are larger than a segment"],
  ["NOT_ENOUGH_REPLICAS", 19, "retry", "too few replicas are in sync"],
  [
    "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
    20,
    "retry",
    "the records were written, but to too few replicas",
  ],
  ["INVALID_REQUIRED_ACKS", 21, "final", "acks must be -1, 0 or 1"],
  ["ILLEGAL_GENERATION", 22, "final", "the generation is not the group's current one"],
  ["INCONSISTENT_GROUP_PROTOCOL", 23, "final", "the member's protocols do not fit the group"],
  ["INVALID_GROUP_ID", 24, "final", "the group id is not valid"],
  ["UNKNOWN_MEMBER_ID", 25, "final", "the group does not know this member"],
  ["INVALID_SESSION_TIMEOUT", 26, "final", "the session timeout is outside the allowed range"],
  ["REBALANCE_IN_PROGRESS", 27, "final", "the group is rebalancing: join again"],
  ["INVALID_COMMIT_OFFSET_SIZE", 28, "final", "the commit is too large"],
  ["TOPIC_AUTHORIZATION_FAILED", 29, "final", "not allowed for this topic"],
  ["GROUP_AUTHORIZATION_FAILED", 30, "final", "not allowed for this group"],
  ["CLUSTER_AUTHORIZATION_FAILED", 31, "final", "not allowed on the cluster"],
  ["INVALID_TIMESTAMP", 32, "final", "a timestamp is outside the allowed range"],
  ["UNSUPPORTED_SASL_MECHANISM", 33, "final", "the SASL mechanism is not offered"],
  ["ILLEGAL_SASL_STATE", 34, "final", "the request does not fit the state of the SASL exchange"],
  ["UNSUPPORTED_VERSION", 35, "final", "the API version is not supported"],
  ["TOPIC_ALREADY_EXISTS", 36, "final", "the topic exists already"],
  ["INVALID_PARTITIONS", 37, "final", "the number of partitions is not valid"],
  [
    "INVALID_REPLICATION_FACTOR",
    38,
    "final",
    "the replication factor does not fit the brokers there are",
  ],
  ["INVALID_REPLICA_ASSIGNMENT", 39, "final", "the replica assignment is not valid"],
  ["INVALID_CONFIG", 40, "final", "a configuration value is not valid"],
  ["NOT_CONTROLLER", 41, "retry", "another broker is the controller"],
  ["INVALID_REQUEST", 42, "final", "the request is malformed or makes no sense"],
  ["UNSUPPORTED_FOR_MESSAGE_FORMAT", 43, "final", "the message format does not allow this request"],
  ["POLICY_VIOLATION", 44, "final", "a policy forbids the request"],
  [
    "OUT_OF_ORDER_SEQUENCE_NUMBER",
    45,
    "final",
    "a batch is missing before this one of the producer",
  ],
  ["DUPLICATE_SEQUENCE_NUMBER", 46, "final", "the batch was received before"],
  ["INVALID_PRODUCER_EPOCH", 47, "final", "the producer's epoch is old"],
  ["INVALID_TXN_STATE", 48, "final", "the transaction is not in a state that allows this"],
  [
    "INVALID_PRODUCER_ID_MAPPING",
    49,
    "final",
    "the producer id does not belong to the transactional id",
  ],
  ["INVALID_TRANSACTION_TIMEOUT", 50, "final", "the transaction timeout is longer than allowed"],
  ["CONCURRENT_TRANSACTIONS", 51, "retry", "another operation of this transaction is under way"],
  ["TRANSACTION_COORDINATOR_FENCED", 52, "final", "a newer coordinator has the transaction"],
  ["TRANSACTIONAL_ID_AUTHORIZATION_FAILED", 53, "final", "not allowed for this transactional id"],
  ["SECURITY_DISABLED", 54, "final", "security features are off"],
  ["OPERATION_NOT_ATTEMPTED", 55, "final", "not tried, since another part of the request failed"],
  ["KAFKA_STORAGE_ERROR", 56, "retry", "the disk failed"],
  ["LOG_DIR_NOT_FOUND", 57, "final", "no such log directory"],
  ["SASL_AUTHENTICATION_FAILED", 58, "final", "authentication failed"],
  ["UNKNOWN_PRODUCER_ID", 59, "final", "nothing is known of this producer id any more"],
  ["REASSIGNMENT_IN_PROGRESS", 60, "final", "the partition is being reassigned"],
  ["DELEGATION_TOKEN_AUTH_DISABLED", 61, "final", "delegation tokens are off"],
  ["DELEGATION_TOKEN_NOT_FOUND", 62, "final", "no such delegation token"],
  ["DELEGATION_TOKEN_OWNER_MISMATCH", 63, "final", "the token belongs to somebody else"],
  [
    "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED",
    64,
    "final",
    "tokens cannot be requested on this connection",
  ],
  ["DELEGATION_TOKEN_AUTHORIZATION_FAILED", 65, "final", "not allowed for delegation tokens"],
  ["DELEGATION_TOKEN_EXPIRED", 66, "final", "the delegation token has expired"],
  ["INVALID_PRINCIPAL_TYPE", 67, "final", "the kind of principal is not supported"],
  ["NON_EMPTY_GROUP", 68, "final", "the group has members"],
  ["GROUP_ID_NOT_FOUND", 69, "final", "no such group"],
  ["FETCH_SESSION_ID_NOT_FOUND", 70, "retry", "no such fetch session"],
  [
    "INVALID_FETCH_SESSION_EPOCH",
    71,
    "retry",
    "the epoch of the fetch session is not the expected one",
  ],
  ["LISTENER_NOT_FOUND", 72, "retry", "the leader has no listener of this name"],
  ["TOPIC_DELETION_DISABLED", 73, "final", "topics cannot be deleted here"],
  ["FENCED_LEADER_EPOCH", 74, "retry", "the leader epoch is older than the broker's"],
  ["UNKNOWN_LEADER_EPOCH", 75, "retry", "the leader epoch is newer than the broker's"],
  [
    "UNSUPPORTED_COMPRESSION_TYPE",
    76,
    "final",
    "the client does not know the compression of the partition",
  ],
  ["STALE_BROKER_EPOCH", 77, "final", "the broker's epoch has changed"],
  ["OFFSET_NOT_AVAILABLE", 78, "retry", "the new leader does not know its high watermark yet"],
  ["MEMBER_ID_REQUIRED", 79, "final", "join again with the member id given in this answer"],
  ["PREFERRED_LEADER_NOT_AVAILABLE", 80, "retry", "the preferred leader is not available"],
  ["GROUP_MAX_SIZE_REACHED", 81, "final", "the group is full"],
  ["FENCED_INSTANCE_ID", 82, "final", "another member took over this group.instance.id"],
  ["ELIGIBLE_LEADERS_NOT_AVAILABLE", 83, "retry", "no eligible leader is available"],
  ["ELECTION_NOT_NEEDED", 84, "retry", "the partition has the right leader already"],
  ["NO_REASSIGNMENT_IN_PROGRESS", 85, "final", "no reassignment is under way"],
  ["GROUP_SUBSCRIBED_TO_TOPIC", 86, "final", "the group is subscribed to the topic"],
  ["INVALID_RECORD", 87, "final", "a record was rejected"],
  ["UNSTABLE_OFFSET_COMMIT", 88, "retry", "offsets of an open transaction are pending"],
  ["THROTTLING_QUOTA_EXCEEDED", 89, "retry", "the quota is used up: slow down"],
  ["PRODUCER_FENCED", 90, "final", "a newer producer has this transactional id"],
  ["RESOURCE_NOT_FOUND", 91, "final", "something named in the request does not exist"],
  ["DUPLICATE_RESOURCE", 92, "final", "the request names something twice"],
  ["UNACCEPTABLE_CREDENTIAL", 93, "final", "the credential is not acceptable"],
  ["INCONSISTENT_VOTER_SET", 94, "final", "the voters do not agree on who votes"],
  ["INVALID_UPDATE_VERSION", 95, "final", "the update's version is not valid"],
  ["FEATURE_UPDATE_FAILED", 96, "final", "the features could not be updated"],
  [
    "PRINCIPAL_DESERIALIZATION_FAILURE",
    97,
    "final",
    "the principal of a forwarded request is not readable",
  ],
  ["SNAPSHOT_NOT_FOUND", 98, "final", "no such snapshot"],
  ["POSITION_OUT_OF_RANGE", 99, "final", "the position is outside the snapshot"],
  ["UNKNOWN_TOPIC_ID", 100, "retry", "no topic with this id here"],
  ["DUPLICATE_BROKER_REGISTRATION", 101, "final", "another broker has this id"],
  ["BROKER_ID_NOT_REGISTERED", 102, "final", "no broker with this id is registered"],
  ["INCONSISTENT_TOPIC_ID", 103, "retry", "the topic id is not the one of the log"],
  ["INCONSISTENT_CLUSTER_ID", 104, "final", "the cluster id is not this cluster's"],
  ["TRANSACTIONAL_ID_NOT_FOUND", 105, "final", "no such transactional id"],
  ["FETCH_SESSION_TOPIC_ID_ERROR", 106, "retry", "the fetch session mixes topic names and ids"],
  ["INELIGIBLE_REPLICA", 107, "final", "a replica may not be in sync"],
  ["NEW_LEADER_ELECTED", 108, "final", "the partition changed leader meanwhile"],
  ["OFFSET_MOVED_TO_TIERED_STORAGE", 109, "final", "the offset is in tiered storage"],
  [
    "FENCED_MEMBER_EPOCH",
    110,
    "final",
    "the member's epoch is fenced: leave all partitions and join again",
  ],
  ["UNRELEASED_INSTANCE_ID", 111, "final", "another member still has this instance id"],
  ["UNSUPPORTED_ASSIGNOR", 112, "final", "the assignor is not supported"],
  ["STALE_MEMBER_EPOCH", 113, "final", "the member's epoch is old: send a heartbeat first"],
  ["MISMATCHED_ENDPOINT_TYPE", 114, "final", "the endpoint is of another kind"],
  ["UNSUPPORTED_ENDPOINT_TYPE", 115, "final", "endpoints of this kind are not supported"],
  ["UNKNOWN_CONTROLLER_ID", 116, "final", "no such controller"],
  ["UNKNOWN_SUBSCRIPTION_ID", 117, "final", "the telemetry subscription is unknown or old"],
  ["TELEMETRY_TOO_LARGE", 118, "final", "the telemetry is larger than allowed"],
  ["INVALID_REGISTRATION", 119, "final", "the broker registration is not valid"],
  ["TRANSACTION_ABORTABLE", 120, "final", "the transaction failed and can be aborted"],
  ["INVALID_RECORD_STATE", 121, "final", "the record is not in a state that allows this"],
  ["SHARE_SESSION_NOT_FOUND", 122, "retry", "no such share session"],
  [
    "INVALID_SHARE_SESSION_EPOCH",
    123,
    "retry",
    "the epoch of the share session is not the expected one",
  ],
  ["FENCED_STATE_EPOCH", 124, "final", "the epoch of the share group's state is fenced"],
  ["INVALID_VOTER_KEY", 125, "final", "the voter's key is another one"],
  ["DUPLICATE_VOTER", 126, "final", "the voter is one already"],
  ["VOTER_NOT_FOUND", 127, "final", "no such voter"],
  ["INVALID_REGULAR_EXPRESSION", 128, "final", "the regular expression is not valid"],
  [
    "REBOOTSTRAP_REQUIRED",
    129,
    "final",
    "the client's metadata is too old: start again from the bootstrap servers",
  ],
  ["STREAMS_INVALID_TOPOLOGY", 130, "final", "the topology is not valid"],
  ["STREAMS_INVALID_TOPOLOGY_EPOCH", 131, "final", "the epoch of the topology is not valid"],
  ["STREAMS_TOPOLOGY_FENCED", 132, "final", "a newer topology is in use"],
  ["SHARE_SESSION_LIMIT_REACHED", 133, "retry", "there are too many share sessions"],
] as const satisfies readonly Row[]

type Rows = (typeof rows)[number]

/** Code of each error by its Kafka name: `ErrorCode.UNKNOWN_TOPIC_OR_PARTITION` is 3. */
export const ErrorCode = Object.fromEntries(rows.map(([name, code]) => [name, code])) as {
  readonly [R in Rows as R[0]]: R[1]
}
/** An error code as it travels; newer brokers may send numbers that are not in the table. */
export type ErrorCode = number

/** Name of an error, as in Kafka's documentation. */
export type ErrorName = Rows[0]

const byCode: ReadonlyMap<number, Row> = new Map(rows.map((row) => [row[1], row]))

/** `UNKNOWN_TOPIC_OR_PARTITION` for 3; a code that is not in the table reads `UNKNOWN(999)`. */
export function errorName(code: ErrorCode): string {
  return byCode.get(code)?.[0] ?? `UNKNOWN(${code})`
}

/** Whether the same request may succeed later, perhaps after refreshing metadata. */
export function isRetriable(code: ErrorCode): boolean {
  return byCode.get(code)?.[2] === "retry"
}

/** What went wrong, for a person. */
export function errorText(code: ErrorCode): string {
  return byCode.get(code)?.[3] ?? `error ${code}, which this version does not know`
}
