/**
 * The clients: producer, consumer and admin for any Kafka broker, in plain TypeScript. The serdes
 * for MessagePack and Protocol Buffers are imported from their own files, since they load packages.
 */
export {
  Admin,
  type ClusterDescription,
  type ListedTopic,
  type OffsetPlace,
} from "./admin/admin.ts"
export type { ConfigEntry, ConfigResource, ConfigSource } from "./admin/configs.ts"
export type { DescribedGroup, DescribedMember, ListedGroup } from "./admin/groups.ts"
export type { NewTopic } from "./admin/topics.ts"
export type { Assignor, AssignorMember } from "./consumer/assignors.ts"
export type { ConsumerBatch } from "./consumer/batch.ts"
export { Consumer } from "./consumer/consumer.ts"
export type { IsolationLevel, ListedOffset } from "./consumer/list-offsets.ts"
export type { CommittedOffset, OffsetToCommit } from "./consumer/offsets.ts"
export type { AutoOffsetReset, ConsumerOptions } from "./consumer/options.ts"
export { type ClientErrorCode, KafkaError } from "./errors.ts"
export type { PartitionInfo, TopicInfo } from "./net/metadata.ts"
export type { ClusterOptions } from "./net/options.ts"
export type { Acks, ProducerOptions } from "./producer/options.ts"
export { murmur2, type Partitioner, partitionForKey } from "./producer/partitioner.ts"
export { Producer } from "./producer/producer.ts"
export type {
  ConsumerRecord,
  Header,
  HeadersInput,
  ProducerRecord,
  RecordMetadata,
  StoredRange,
  TopicPartition,
  TopicPartitionOffset,
} from "./records.ts"
export { jsonSerde } from "./serdes/json.ts"
export { bytesSerde, type Deserializer, type Serde, type Serializer } from "./serdes/serde.ts"
export { stringSerde } from "./serdes/string.ts"
