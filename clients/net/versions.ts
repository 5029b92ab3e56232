/**
 * Which version of an API to speak with a broker: it is asked once per connection (ApiVersions),
 * and the highest version that both sides know is used.
 */
import { ErrorCode } from "../../protocol/errors.ts"
import { ApiVersionsRequest, ApiVersionsResponse } from "../../protocol/messages/api-versions.ts"
import { answerError, KafkaError } from "../errors.ts"
import { type Api, api, type VersionRange } from "./api.ts"
import type { Connection } from "./connection.ts"

const ApiVersions = api(ApiVersionsRequest, ApiVersionsResponse, { maxVersion: 3 })
const SOFTWARE = { clientSoftwareName: "millrace", clientSoftwareVersion: "0.1.0" }

/** Asks a broker what it can do and keeps the answer on the connection. */
export async function negotiate(connection: Connection, timeoutMs: number): Promise<void> {
  const ask = (version: number) =>
    connection.request({
      api: ApiVersions,
      version,
      value: SOFTWARE,
      timeoutMs,
      // A broker that does not know the version says so in version 0.
      replyVersion: (body) => (startsWithUnsupported(body) ? 0 : version),
    })
  let reply = await ask(ApiVersions.maxVersion)
  if (reply.errorCode === ErrorCode.UNSUPPORTED_VERSION) reply = await ask(0)
  if (reply.errorCode !== ErrorCode.NONE) {
    throw answerError(reply.errorCode, "ApiVersions", { broker: connection.broker })
  }
  connection.versions = new Map(
    reply.apiKeys.map(({ apiKey, minVersion, maxVersion }): [number, VersionRange] => [
      apiKey,
      { min: minVersion, max: maxVersion },
    ]),
  )
}

/** The highest version of an API that the broker and this client have in common. */
export function versionFor(
  connection: Connection,
  target: Api<unknown, unknown>,
  maxVersion: number = target.maxVersion,
): number {
  const range = connection.versions.get(target.key)
  const version = Math.min(range?.max ?? -1, target.maxVersion, maxVersion)
  if (range !== undefined && version >= range.min && version >= target.minVersion) return version
  const theirs = range === undefined ? "does not serve it" : `serves ${range.min} to ${range.max}`
  const ours = `${target.minVersion} to ${target.maxVersion}`
  throw new KafkaError(
    "UNSUPPORTED_VERSION",
    `${target.name}: this client speaks versions ${ours}, ${connection.broker} ${theirs}.`,
    { broker: connection.broker },
  )
}

function startsWithUnsupported(body: Buffer): boolean {
  return body.length >= 2 && body.readInt16BE(0) === ErrorCode.UNSUPPORTED_VERSION
}
