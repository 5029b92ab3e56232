/**
 * The table of the broker's options, keyed by Kafka's names where the meaning is Kafka's. Read
 * through config.ts.
 */
import { parseListener } from "./listeners.ts"
import {
  boolean,
  choice,
  choices,
  double,
  FOREVER,
  int,
  list,
  long,
  type Option,
  optionalLong,
  text,
} from "./options.ts"

const KIB = 1024
const MIB = 1024 * KIB
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Every option of the broker: type, default and one line of explanation. */
export const brokerOptions = {
  // Who and where.
  "node.id": int({ default: 1, min: 0, doc: "Id of this broker." }),
  "cluster.id": text({
    default: "",
    allowed: "up to 64 letters, digits, '-' and '_'",
    check: (id) => /^[\w-]{1,64}$/.test(id),
    doc: "Id of the cluster; made up at the first start and kept when left empty.",
  }),
  "broker.rack": text({ default: "", doc: "Rack of this broker, told to clients." }),
  listeners: list({
    default: ["PLAINTEXT://127.0.0.1:9092"],
    allowed: "PLAINTEXT://HOST:PORT or HOST:PORT, separated by commas",
    check: (entry) => parseListener(entry) !== undefined,
    doc: "Address to accept connections on; port 0 takes a free one.",
  }),
  "advertised.listeners": list({
    default: [],
    isEmptyAllowed: true,
    allowed: "PLAINTEXT://HOST:PORT or HOST:PORT, separated by commas",
    check: (entry) => (parseListener(entry)?.port ?? 0) > 0,
    doc: "Address told to clients. Left empty: the one each client has dialled.",
  }),
  "status.listen": text({
    default: "",
    allowed: "HOST:PORT",
    check: (address) => parseListener(address) !== undefined,
    doc: "Address of /metrics and /health over HTTP; empty for none.",
  }),

  // What is promised, and by what means.
  durability: choice({
    values: ["fsync", "os", "memory"],
    default: "fsync",
    doc: "What acks=all means: on disk, in the page cache, or anywhere (for tests).",
  }),
  visibility: choice({
    values: ["synced", "appended"],
    default: "synced",
    doc: "With durability=fsync: whether consumers see records once synced or once appended.",
  }),
  os: choice({
    values: ["auto", "linux", "portable"],
    default: "auto",
    doc: "How files and sockets are reached: the native addon, or Node's own modules.",
  }),
  "log.level": choice({
    values: ["debug", "info", "warn", "error", "silent"],
    default: "info",
    doc: "Least severe line that is written to the broker's own log.",
  }),

  // Topics.
  "num.partitions": int({ default: 1, min: 1, max: 10_000, doc: "Partitions of a new topic." }),
  "default.replication.factor": int({
    default: 1,
    min: 1,
    max: 1,
    doc: "Replicas of a new topic. One broker is the whole cluster, so: one.",
  }),
  "min.insync.replicas": int({
    default: 1,
    min: 1,
    max: 1,
    doc: "Replicas that must have a record before acks=all is answered.",
  }),
  "auto.create.topics.enable": boolean({
    default: true,
    doc: "Whether asking for the metadata of a missing topic makes it.",
  }),
  "delete.topic.enable": boolean({ default: true, doc: "Whether topics may be deleted." }),
  "max.partitions.per.topic": int({
    default: 10_000,
    min: 1,
    max: 10_000,
    doc: "Most partitions of one topic; more are refused.",
  }),
  "max.partitions.per.broker": int({
    default: 40_000,
    min: 1,
    max: 40_000,
    doc: "Most partitions of all topics together; more are refused.",
  }),

  // Logs: defaults of the topics, see topic-config.ts.
  "log.dirs": list({
    default: ["./millrace-data"],
    allowed: "directories, separated by commas",
    doc: "Where the logs are kept.",
  }),
  "log.segment.bytes": int({
    default: 1024 * MIB,
    min: 4 * KIB,
    doc: "Size at which a segment is closed and the next begun.",
  }),
  "log.roll.ms": optionalLong({ min: 1, doc: "Age at which a segment is closed." }),
  "log.roll.hours": int({ default: 168, min: 1, doc: "The same in hours, unless log.roll.ms." }),
  "log.roll.jitter.ms": optionalLong({ min: 0, doc: "Random part taken off log.roll.ms." }),
  "log.roll.jitter.hours": int({ default: 0, min: 0, doc: "The same in hours." }),
  "log.retention.ms": optionalLong({
    min: 0,
    except: -1,
    doc: "How long records are kept; -1: for ever.",
  }),
  "log.retention.minutes": optionalLong({
    min: 0,
    except: -1,
    doc: "The same in minutes, unless log.retention.ms.",
  }),
  "log.retention.hours": int({
    default: 168,
    min: 0,
    except: -1,
    doc: "The same in hours, unless one of the two above.",
  }),
  "log.retention.bytes": long({
    default: -1,
    min: 0,
    except: -1,
    doc: "Most bytes of a partition; -1: no limit.",
  }),
  "log.retention.check.interval.ms": long({
    default: 300_000,
    min: 1,
    doc: "How often segments past their time or size are looked for.",
  }),
  "log.cleanup.policy": choices({
    values: ["delete", "compact"],
    default: ["delete"],
    doc: "What happens to old segments: deleted, compacted by key, or both.",
  }),
  "log.segment.delete.delay.ms": long({
    default: 60_000,
    min: 0,
    doc: "How long the file of a deleted segment stays on disk.",
  }),
  "log.index.interval.bytes": int({
    default: 4096,
    min: 0,
    doc: "Bytes of a segment between two entries of its indexes.",
  }),
  "log.index.size.max.bytes": int({
    default: 10 * MIB,
    min: 12,
    doc: "Most bytes of an index; a full one closes its segment.",
  }),
  "log.preallocate": boolean({
    default: false,
    doc: "Whether a new segment takes its disk space at once.",
  }),
  "message.max.bytes": int({ default: 1_048_588, min: 0, doc: "Largest record batch accepted." }),
  "log.message.timestamp.type": choice({
    values: ["CreateTime", "LogAppendTime"],
    default: "CreateTime",
    doc: "Whether a record's timestamp is its producer's or that of the append.",
  }),
  "log.message.timestamp.before.max.ms": long({
    default: FOREVER,
    min: 0,
    doc: "How much older than now a producer's timestamp may be.",
  }),
  "log.message.timestamp.after.max.ms": long({
    default: HOUR_MS,
    min: 0,
    doc: "How much later than now a producer's timestamp may be.",
  }),
  "log.flush.interval.messages": long({
    default: FOREVER,
    min: 1,
    doc: "With durability=os: records after which a partition is synced.",
  }),
  "log.flush.interval.ms": optionalLong({
    min: 0,
    doc: "With durability=os: time after which a partition is synced.",
  }),
  "log.cleaner.delete.retention.ms": long({
    default: DAY_MS,
    min: 0,
    doc: "How long a compacted log keeps the marks of deleted keys.",
  }),
  "log.cleaner.min.cleanable.ratio": double({
    default: 0.5,
    min: 0,
    max: 1,
    doc: "Share of a log not yet compacted at which it is.",
  }),
  "log.cleaner.min.compaction.lag.ms": long({
    default: 0,
    min: 0,
    doc: "Time for which a record is not compacted away.",
  }),
  "log.cleaner.max.compaction.lag.ms": long({
    default: FOREVER,
    min: 1,
    doc: "Time after which a record must have been looked at by compaction.",
  }),
  "compression.type": choice({
    values: ["producer"],
    default: "producer",
    doc: "Records are kept as their producer compressed them.",
  }),
  "unclean.leader.election.enable": boolean({
    default: false,
    doc: "Without meaning for a single broker; accepted because tools set it.",
  }),

  // Requests and connections.
  "socket.request.max.bytes": int({ default: 100 * MIB, min: KIB, doc: "Largest request." }),
  "queued.max.request.bytes": long({
    default: 64 * MIB,
    min: MIB,
    doc: "Bytes of requests not yet complete, of all connections together.",
  }),
  "max.connections": int({ default: 10_000, min: 1, doc: "Connections open at the same time." }),
  "connections.max.idle.ms": long({
    default: 600_000,
    min: 1,
    doc: "Connections on which nothing moves for this long are closed.",
  }),
  "frame.timeout.ms": int({
    default: 30_000,
    min: 1,
    doc: "A request must have arrived this long after its first byte (and 1 s more per MiB).",
  }),
  "send.timeout.ms": int({
    default: 60_000,
    min: 1,
    doc: "A client that takes no byte of a waiting reply for this long is disconnected.",
  }),
  "congestion.control": text({
    default: "auto",
    allowed: "auto, system, or an algorithm the kernel knows",
    check: (name) => /^[a-z0-9_]{1,16}$/.test(name),
    doc: "TCP congestion control of connections; auto: reno for loopback, else the system's.",
  }),
  "fetch.max.bytes": int({
    default: 55 * MIB,
    min: KIB,
    doc: "Most bytes of records in one fetch reply.",
  }),
  "max.incremental.fetch.session.cache.slots": int({
    default: 1000,
    min: 0,
    doc: "Incremental fetch sessions kept at the same time.",
  }),

  // Consumer groups.
  "group.min.session.timeout.ms": int({
    default: 6000,
    min: 1,
    doc: "Shortest session timeout a group member may ask for.",
  }),
  "group.max.session.timeout.ms": int({
    default: 30 * MINUTE_MS,
    min: 1,
    doc: "Longest session timeout a group member may ask for.",
  }),
  "group.initial.rebalance.delay.ms": int({
    default: 0,
    min: 0,
    doc: "How long an empty group waits for more members before its first rebalance.",
  }),
  "group.max.size": int({ default: 2 ** 31 - 1, min: 1, doc: "Most members of a group." }),
  "offsets.topic.num.partitions": int({
    default: 50,
    min: 1,
    max: 10_000,
    doc: "Partitions of __consumer_offsets; not to be changed later.",
  }),
  "offsets.topic.replication.factor": int({
    default: 1,
    min: 1,
    max: 1,
    doc: "Replicas of __consumer_offsets.",
  }),
  "offsets.topic.segment.bytes": int({
    default: 100 * MIB,
    min: 4 * KIB,
    doc: "Size at which a segment of __consumer_offsets is closed.",
  }),
  "offsets.retention.minutes": int({
    default: 7 * 24 * 60,
    min: 1,
    doc: "How long the offsets of a group without members are kept.",
  }),
  "offsets.retention.check.interval.ms": long({
    default: 600_000,
    min: 1,
    doc: "How often expired offsets are looked for.",
  }),
  "offset.metadata.max.bytes": int({
    default: 4096,
    min: 0,
    doc: "Longest text a client may keep with a committed offset.",
  }),

  // Producers.
  "producer.id.expiration.ms": int({
    default: DAY_MS,
    min: 1,
    doc: "How long a silent idempotent producer is remembered.",
  }),
} as const satisfies Record<string, Option>

/** Name of an option of the broker. */
export type BrokerOptionName = keyof typeof brokerOptions
