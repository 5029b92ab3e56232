/** Configuration of topics and brokers. */
import { ErrorCode } from "../../protocol/errors.ts"
import {
  DescribeConfigsRequest,
  DescribeConfigsResponse,
} from "../../protocol/messages/describe-configs.ts"
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../../protocol/messages/incremental-alter-configs.ts"
import { answerError } from "../errors.ts"
import { api } from "../net/api.ts"
import type { Cluster, Target } from "../net/cluster.ts"
import { retry } from "../net/retry.ts"

const DescribeConfigs = api(DescribeConfigsRequest, DescribeConfigsResponse)
const IncrementalAlterConfigs = api(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse)

/** What is configured: a topic, or a broker by its id ("" for the default of all brokers). */
export interface ConfigResource {
  readonly type: "topic" | "broker"
  readonly name: string
}

/** Where a value comes from. */
export type ConfigSource = "topic" | "dynamic" | "static" | "default" | "unknown"

/** One configuration value. */
export interface ConfigEntry {
  readonly name: string
  /** Null for a secret. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
}

const TYPES = { topic: 2, broker: 4 } as const
const SOURCES: readonly ConfigSource[] = [
  "unknown",
  "topic",
  "dynamic",
  "dynamic",
  "static",
  "default",
  "dynamic",
]
const SET = 0
const DELETE = 1

/** All values of a resource, sorted by name. */
export async function describeConfigs(
  cluster: Cluster,
  resource: ConfigResource,
): Promise<ConfigEntry[]> {
  const reply = await retry(
    () =>
      cluster.call({
        api: DescribeConfigs,
        target: targetOf(resource),
        value: {
          resources: [
            {
              resourceType: TYPES[resource.type],
              resourceName: resource.name,
              configurationKeys: null,
            },
          ],
        },
      }),
    cluster.retryOptions(),
  )
  const [result] = reply.results
  if (result === undefined || result.errorCode !== ErrorCode.NONE) {
    throw refused(result, "Configuration", resource)
  }
  return result.configs
    .map(({ name, value, configSource, readOnly, isSensitive }) => ({
      name,
      value,
      source: SOURCES[configSource] ?? "unknown",
      isReadOnly: readOnly,
      isSensitive,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Sets values, or (null) goes back to the defaults. */
export async function alterConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  changes: Readonly<Record<string, string | null>>,
): Promise<void> {
  const configs = Object.entries(changes).map(([name, value]) => ({
    name,
    configOperation: value === null ? DELETE : SET,
    value,
  }))
  const reply = await retry(
    () =>
      cluster.call({
        api: IncrementalAlterConfigs,
        target: resource.type === "broker" ? targetOf(resource) : "controller",
        value: {
          resources: [{ resourceType: TYPES[resource.type], resourceName: resource.name, configs }],
          validateOnly: false,
        },
      }),
    cluster.retryOptions(),
  )
  const [result] = reply.responses
  if (result === undefined || result.errorCode !== ErrorCode.NONE) {
    throw refused(result, "Configuring", resource)
  }
}

/** A broker answers for itself; everything else any broker can tell. */
function targetOf({ type, name }: ConfigResource): Target {
  return type === "broker" && name !== "" ? Number(name) : "any"
}

function refused(
  result: { readonly errorCode: number; readonly errorMessage: string | null } | undefined,
  what: string,
  { type, name }: ConfigResource,
) {
  const code = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  return answerError(code, `${what} of ${type} '${name}'`, {
    message: result?.errorMessage,
    topic: type === "topic" ? name : undefined,
    retriable: false,
  })
}
