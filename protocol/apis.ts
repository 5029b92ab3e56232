/**
 * API key -> request, response and the versions the broker can decode (the newest of Apache Kafka
 * 4.3.1). What it serves is what it also has a handler for: see `broker/apis/index.ts`.
 */
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from "./messages/add-offsets-to-txn.ts"
import {
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
} from "./messages/add-partitions-to-txn.ts"
import {
  AlterClientQuotasRequest,
  AlterClientQuotasResponse,
} from "./messages/alter-client-quotas.ts"
import { AlterConfigsRequest, AlterConfigsResponse } from "./messages/alter-configs.ts"
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "./messages/alter-partition-reassignments.ts"
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from "./messages/alter-replica-log-dirs.ts"
import {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponse,
} from "./messages/alter-share-group-offsets.ts"
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from "./messages/alter-user-scram-credentials.ts"
import { ApiVersionsRequest, ApiVersionsResponse } from "./messages/api-versions.ts"
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from "./messages/consumer-group-describe.ts"
import {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
} from "./messages/consumer-group-heartbeat.ts"
import { CreateAclsRequest, CreateAclsResponse } from "./messages/create-acls.ts"
import { CreatePartitionsRequest, CreatePartitionsResponse } from "./messages/create-partitions.ts"
import { CreateTopicsRequest, CreateTopicsResponse } from "./messages/create-topics.ts"
import { DeleteAclsRequest, DeleteAclsResponse } from "./messages/delete-acls.ts"
import { DeleteGroupsRequest, DeleteGroupsResponse } from "./messages/delete-groups.ts"
import { DeleteRecordsRequest, DeleteRecordsResponse } from "./messages/delete-records.ts"
import {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponse,
} from "./messages/delete-share-group-offsets.ts"
import { DeleteTopicsRequest, DeleteTopicsResponse } from "./messages/delete-topics.ts"
import { DescribeAclsRequest, DescribeAclsResponse } from "./messages/describe-acls.ts"
import {
  DescribeClientQuotasRequest,
  DescribeClientQuotasResponse,
} from "./messages/describe-client-quotas.ts"
import { DescribeClusterRequest, DescribeClusterResponse } from "./messages/describe-cluster.ts"
import { DescribeConfigsRequest, DescribeConfigsResponse } from "./messages/describe-configs.ts"
import { DescribeGroupsRequest, DescribeGroupsResponse } from "./messages/describe-groups.ts"
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from "./messages/describe-log-dirs.ts"
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from "./messages/describe-producers.ts"
import { DescribeQuorumRequest, DescribeQuorumResponse } from "./messages/describe-quorum.ts"
import {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponse,
} from "./messages/describe-share-group-offsets.ts"
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from "./messages/describe-topic-partitions.ts"
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from "./messages/describe-transactions.ts"
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from "./messages/describe-user-scram-credentials.ts"
import { ElectLeadersRequest, ElectLeadersResponse } from "./messages/elect-leaders.ts"
import { EndTxnRequest, EndTxnResponse } from "./messages/end-txn.ts"
import { FetchRequest, FetchResponse } from "./messages/fetch.ts"
import { FindCoordinatorRequest, FindCoordinatorResponse } from "./messages/find-coordinator.ts"
import { HeartbeatRequest, HeartbeatResponse } from "./messages/heartbeat.ts"
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "./messages/incremental-alter-configs.ts"
import { InitProducerIdRequest, InitProducerIdResponse } from "./messages/init-producer-id.ts"
import { JoinGroupRequest, JoinGroupResponse } from "./messages/join-group.ts"
import { LeaveGroupRequest, LeaveGroupResponse } from "./messages/leave-group.ts"
import {
  ListConfigResourcesRequest,
  ListConfigResourcesResponse,
} from "./messages/list-config-resources.ts"
import { ListGroupsRequest, ListGroupsResponse } from "./messages/list-groups.ts"
import { ListOffsetsRequest, ListOffsetsResponse } from "./messages/list-offsets.ts"
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "./messages/list-partition-reassignments.ts"
import { ListTransactionsRequest, ListTransactionsResponse } from "./messages/list-transactions.ts"
import { MetadataRequest, MetadataResponse } from "./messages/metadata.ts"
import { OffsetCommitRequest, OffsetCommitResponse } from "./messages/offset-commit.ts"
import { OffsetDeleteRequest, OffsetDeleteResponse } from "./messages/offset-delete.ts"
import { OffsetFetchRequest, OffsetFetchResponse } from "./messages/offset-fetch.ts"
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from "./messages/offset-for-leader-epoch.ts"
import { ProduceRequest, ProduceResponse } from "./messages/produce.ts"
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from "./messages/sasl-authenticate.ts"
import { SaslHandshakeRequest, SaslHandshakeResponse } from "./messages/sasl-handshake.ts"
import { ShareAcknowledgeRequest, ShareAcknowledgeResponse } from "./messages/share-acknowledge.ts"
import { ShareFetchRequest, ShareFetchResponse } from "./messages/share-fetch.ts"
import {
  ShareGroupDescribeRequest,
  ShareGroupDescribeResponse,
} from "./messages/share-group-describe.ts"
import {
  ShareGroupHeartbeatRequest,
  ShareGroupHeartbeatResponse,
} from "./messages/share-group-heartbeat.ts"
import {
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponse,
} from "./messages/streams-group-describe.ts"
import {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
} from "./messages/streams-group-heartbeat.ts"
import { SyncGroupRequest, SyncGroupResponse } from "./messages/sync-group.ts"
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from "./messages/txn-offset-commit.ts"
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from "./messages/update-features.ts"
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from "./messages/write-txn-markers.ts"
import { isFlexibleVersion, type Message } from "./schema.ts"

/** Key of each API by its Kafka name. */
export const ApiKey = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  DescribeGroups: 15,
  ListGroups: 16,
  SaslHandshake: 17,
  ApiVersions: 18,
  CreateTopics: 19,
  DeleteTopics: 20,
  DeleteRecords: 21,
  InitProducerId: 22,
  OffsetForLeaderEpoch: 23,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  WriteTxnMarkers: 27,
  TxnOffsetCommit: 28,
  DescribeAcls: 29,
  CreateAcls: 30,
  DeleteAcls: 31,
  DescribeConfigs: 32,
  AlterConfigs: 33,
  AlterReplicaLogDirs: 34,
  DescribeLogDirs: 35,
  SaslAuthenticate: 36,
  CreatePartitions: 37,
  DeleteGroups: 42,
  ElectLeaders: 43,
  IncrementalAlterConfigs: 44,
  AlterPartitionReassignments: 45,
  ListPartitionReassignments: 46,
  OffsetDelete: 47,
  DescribeClientQuotas: 48,
  AlterClientQuotas: 49,
  DescribeUserScramCredentials: 50,
  AlterUserScramCredentials: 51,
  DescribeQuorum: 55,
  UpdateFeatures: 57,
  DescribeCluster: 60,
  DescribeProducers: 61,
  DescribeTransactions: 65,
  ListTransactions: 66,
  ConsumerGroupHeartbeat: 68,
  ConsumerGroupDescribe: 69,
  ListConfigResources: 74,
  DescribeTopicPartitions: 75,
  ShareGroupHeartbeat: 76,
  ShareGroupDescribe: 77,
  ShareFetch: 78,
  ShareAcknowledge: 79,
  StreamsGroupHeartbeat: 88,
  StreamsGroupDescribe: 89,
  DescribeShareGroupOffsets: 90,
  AlterShareGroupOffsets: 91,
  DeleteShareGroupOffsets: 92,
} as const
/** An API key as it travels. */
export type ApiKey = (typeof ApiKey)[keyof typeof ApiKey]
/** Name of an API that is in the table. */
export type ApiName = keyof typeof ApiKey

/** One row of the table. */
export interface Api {
  readonly key: number
  readonly name: ApiName
  readonly request: Message
  readonly response: Message
  /** First and last version that is decoded and answered. */
  readonly versions: readonly [number, number]
  /** What ApiVersions tells: the same, but where old clients need to see more than there is. */
  readonly advertised: readonly [number, number]
}

const rows: readonly Api[] = [
  // Old librdkafka turns idempotence and compression off when it does not see Produce from 0.
  api("Produce", ProduceRequest, ProduceResponse, { advertised: [0, 13] }),
  api("Fetch", FetchRequest, FetchResponse),
  api("ListOffsets", ListOffsetsRequest, ListOffsetsResponse),
  api("Metadata", MetadataRequest, MetadataResponse),
  api("OffsetCommit", OffsetCommitRequest, OffsetCommitResponse),
  api("OffsetFetch", OffsetFetchRequest, OffsetFetchResponse),
  api("FindCoordinator", FindCoordinatorRequest, FindCoordinatorResponse),
  api("JoinGroup", JoinGroupRequest, JoinGroupResponse),
  api("Heartbeat", HeartbeatRequest, HeartbeatResponse),
  api("LeaveGroup", LeaveGroupRequest, LeaveGroupResponse),
  api("SyncGroup", SyncGroupRequest, SyncGroupResponse),
  api("DescribeGroups", DescribeGroupsRequest, DescribeGroupsResponse),
  api("ListGroups", ListGroupsRequest, ListGroupsResponse),
  api("SaslHandshake", SaslHandshakeRequest, SaslHandshakeResponse),
  api("ApiVersions", ApiVersionsRequest, ApiVersionsResponse),
  api("CreateTopics", CreateTopicsRequest, CreateTopicsResponse),
  api("DeleteTopics", DeleteTopicsRequest, DeleteTopicsResponse),
  api("DeleteRecords", DeleteRecordsRequest, DeleteRecordsResponse),
  // Version 6 is not final in Kafka 4.3.1.
  api("InitProducerId", InitProducerIdRequest, InitProducerIdResponse, { versions: [0, 5] }),
  api("OffsetForLeaderEpoch", OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse),
  api("AddPartitionsToTxn", AddPartitionsToTxnRequest, AddPartitionsToTxnResponse),
  api("AddOffsetsToTxn", AddOffsetsToTxnRequest, AddOffsetsToTxnResponse),
  api("EndTxn", EndTxnRequest, EndTxnResponse),
  api("WriteTxnMarkers", WriteTxnMarkersRequest, WriteTxnMarkersResponse),
  api("TxnOffsetCommit", TxnOffsetCommitRequest, TxnOffsetCommitResponse),
  api("DescribeAcls", DescribeAclsRequest, DescribeAclsResponse),
  api("CreateAcls", CreateAclsRequest, CreateAclsResponse),
  api("DeleteAcls", DeleteAclsRequest, DeleteAclsResponse),
  api("DescribeConfigs", DescribeConfigsRequest, DescribeConfigsResponse),
  api("AlterConfigs", AlterConfigsRequest, AlterConfigsResponse),
  api("AlterReplicaLogDirs", AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse),
  api("DescribeLogDirs", DescribeLogDirsRequest, DescribeLogDirsResponse),
  api("SaslAuthenticate", SaslAuthenticateRequest, SaslAuthenticateResponse),
  api("CreatePartitions", CreatePartitionsRequest, CreatePartitionsResponse),
  api("DeleteGroups", DeleteGroupsRequest, DeleteGroupsResponse),
  api("ElectLeaders", ElectLeadersRequest, ElectLeadersResponse),
  api("IncrementalAlterConfigs", IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse),
  api(
    "AlterPartitionReassignments",
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
  ),
  api(
    "ListPartitionReassignments",
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
  ),
  api("OffsetDelete", OffsetDeleteRequest, OffsetDeleteResponse),
  api("DescribeClientQuotas", DescribeClientQuotasRequest, DescribeClientQuotasResponse),
  api("AlterClientQuotas", AlterClientQuotasRequest, AlterClientQuotasResponse),
  api(
    "DescribeUserScramCredentials",
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
  ),
  api(
    "AlterUserScramCredentials",
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResponse,
  ),
  api("DescribeQuorum", DescribeQuorumRequest, DescribeQuorumResponse),
  api("UpdateFeatures", UpdateFeaturesRequest, UpdateFeaturesResponse),
  api("DescribeCluster", DescribeClusterRequest, DescribeClusterResponse),
  api("DescribeProducers", DescribeProducersRequest, DescribeProducersResponse),
  api("DescribeTransactions", DescribeTransactionsRequest, DescribeTransactionsResponse),
  api("ListTransactions", ListTransactionsRequest, ListTransactionsResponse),
  api("ConsumerGroupHeartbeat", ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse),
  api("ConsumerGroupDescribe", ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse),
  api("ListConfigResources", ListConfigResourcesRequest, ListConfigResourcesResponse),
  api("DescribeTopicPartitions", DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse),
  api("ShareGroupHeartbeat", ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse),
  api("ShareGroupDescribe", ShareGroupDescribeRequest, ShareGroupDescribeResponse),
  api("ShareFetch", ShareFetchRequest, ShareFetchResponse),
  api("ShareAcknowledge", ShareAcknowledgeRequest, ShareAcknowledgeResponse),
  api("StreamsGroupHeartbeat", StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse),
  api("StreamsGroupDescribe", StreamsGroupDescribeRequest, StreamsGroupDescribeResponse),
  api(
    "DescribeShareGroupOffsets",
    DescribeShareGroupOffsetsRequest,
    DescribeShareGroupOffsetsResponse,
  ),
  api("AlterShareGroupOffsets", AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse),
  api("DeleteShareGroupOffsets", DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse),
]

/** All APIs by key, ascending. */
export const apis: ReadonlyMap<number, Api> = new Map(rows.map((row) => [row.key, row]))

/** Whether a request of this version has compact lengths and tags. Versions newer than ours are, as
 *  the ones before them; unknown keys are not. */
export function isFlexible(apiKey: number, apiVersion: number): boolean {
  const found = apis.get(apiKey)
  return found !== undefined && isFlexibleVersion(found.request, apiVersion)
}

type Ranges = Partial<Pick<Api, "versions" | "advertised">>

function api(name: ApiName, request: Message, response: Message, ranges: Ranges = {}): Api {
  const versions = ranges.versions ?? request.versions
  const advertised = ranges.advertised ?? versions
  return { key: ApiKey[name], name, request, response, versions, advertised }
}
