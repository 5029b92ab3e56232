/**
 * The one error class of the clients. `code` is stable: the broker's error name
 * ("TOPIC_AUTHORIZATION_FAILED") or one of the client's own codes below. The message says what
 * happened, where, and what to do about it.
 */
import { errorName, errorText, isRetriable } from "../protocol/errors.ts"

/** Failures that arise in the client, not in an answer of a broker. */
export type ClientErrorCode =
  | "BUFFER_FULL" // `send` waited longer than maxBlockMs for room in bufferBytes
  | "CALLBACK_FAILED" // a function given in the options threw
  | "CLOSED" // the client was closed before or during the call
  | "CONNECTION_FAILED" // no connection could be made (refused, unreachable, unknown host)
  | "CONNECTION_CLOSED" // an open connection ended with requests unanswered
  | "INVALID_OPTION" // an option or argument has a value that cannot work
  | "INVALID_RESPONSE" // what came back is not the Kafka protocol
  | "INVALID_STATE" // the call does not fit what was called before (subscribe after assign)
  | "NO_OFFSET" // no committed offset and autoOffsetReset is "none"
  | "SERIALIZATION_FAILED" // a serializer or deserializer threw, or gave something that is no bytes
  | "TIMED_OUT" // a deadline passed
  | "UNSUPPORTED_VERSION" // broker and client have no version of an API in common

/** Where an error happened and whether trying again can help. */
export interface KafkaErrorDetails {
  readonly retriable?: boolean
  /** `host:port` of the broker concerned. */
  readonly broker?: string | undefined
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  readonly cause?: unknown
}

/** Any failure of a client, its broker, or the way between them. */
export class KafkaError extends Error {
  readonly code: string
  /** Whether the same call may succeed later without any change. */
  readonly retriable: boolean
  readonly broker: string | undefined
  readonly topic: string | undefined
  readonly partition: number | undefined

  constructor(code: string, message: string, details: KafkaErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = "KafkaError"
    this.code = code
    this.retriable = details.retriable ?? false
    this.broker = details.broker
    this.topic = details.topic
    this.partition = details.partition
  }
}

/** What to do about the errors people meet most. */
const remedies: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: "Create the topic, or check its name and the partition number.",
  MESSAGE_TOO_LARGE: "Send smaller records or raise the topic's max.message.bytes.",
  INVALID_TOPIC_EXCEPTION: "Topic names have 1 to 249 letters, digits, '.', '_' or '-'.",
  TOPIC_AUTHORIZATION_FAILED: "Ask for access to the topic.",
  GROUP_AUTHORIZATION_FAILED: "Ask for access to the consumer group.",
  CLUSTER_AUTHORIZATION_FAILED: "Ask for access to the cluster.",
  SASL_AUTHENTICATION_FAILED: "Check user name and password.",
  OFFSET_OUT_OF_RANGE: "Seek to an offset that exists, or set autoOffsetReset.",
  INCONSISTENT_GROUP_PROTOCOL:
    "All members of a group need an assignor in common; check 'assignors'.",
  INVALID_SESSION_TIMEOUT: "Choose sessionTimeoutMs within the broker's group.*.session.timeout.",
  FENCED_INSTANCE_ID: "Another consumer uses the same groupInstanceId.",
  INVALID_PRODUCER_EPOCH: "A newer producer has taken over.",
  NOT_ENOUGH_REPLICAS: "Wait for replicas to return, or lower min.insync.replicas.",
  UNSUPPORTED_FOR_MESSAGE_FORMAT: "The topic's data is in a message format this client cannot use.",
  NON_EMPTY_GROUP: "Stop the group's members first.",
}

/** The error for an error code in a broker's answer; `subject` says what was asked for. */
export function answerError(
  errorCode: number,
  subject: string,
  details: KafkaErrorDetails & { message?: string | null | undefined } = {},
): KafkaError {
  const code = errorName(errorCode)
  const at = details.broker === undefined ? "" : ` (broker ${details.broker})`
  const remedy = remedies[code] === undefined ? "" : ` ${remedies[code]}`
  const text = details.message || errorText(errorCode)
  const message = `${subject}: ${withStop(text)}${remedy} [${code}]${at}`
  return new KafkaError(code, message, { retriable: isRetriable(errorCode), ...details })
}

/** An error in the use of the client: a wrong option or argument. */
export function optionError(message: string): KafkaError {
  return new KafkaError("INVALID_OPTION", message)
}

/** The client was closed. */
export function closedError(what: string): KafkaError {
  return new KafkaError("CLOSED", `The ${what} is closed.`)
}

/** Any thrown value as a KafkaError; errors of other classes become the cause. */
export function asKafkaError(error: unknown, code: ClientErrorCode, what: string): KafkaError {
  if (error instanceof KafkaError) return error
  const text = error instanceof Error ? error.message : String(error)
  return new KafkaError(code, `${what}: ${text}`, { cause: error })
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
