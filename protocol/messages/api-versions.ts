/**
 * Which APIs and versions the broker serves: the first thing a client asks. The answer always has
 * response header v0, so that a client that guessed too high can still read it (KIP-511). From v3
 * clients name their software; features are tagged (KIP-584).
 */
import {
  array,
  bool,
  int16,
  int32,
  int64,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const ApiVersionsRequest = message({
  name: "ApiVersionsRequest",
  api: 18,
  versions: [0, 4],
  flexible: 3,
  fields: {
    clientSoftwareName: string({ since: 3, default: "" }),
    clientSoftwareVersion: string({ since: 3, default: "" }),
  },
})

/** A decoded ApiVersions request. */
export type ApiVersionsRequest = MessageOf<typeof ApiVersionsRequest>
/** A ApiVersions request to encode: fields with a default may be left out. */
export type ApiVersionsCall = ReplyOf<typeof ApiVersionsRequest>

/** What the broker answers. */
export const ApiVersionsResponse = message({
  name: "ApiVersionsResponse",
  api: 18,
  versions: [0, 4],
  flexible: 3,
  fields: {
    errorCode: int16(),
    apiKeys: array({
      apiKey: int16(),
      minVersion: int16(),
      maxVersion: int16(),
    }),
    throttleTimeMs: int32({ since: 1, default: 0 }),
    supportedFeatures: array(
      {
        name: string(),
        minVersion: int16(),
        maxVersion: int16(),
      },
      { since: 3, tag: 0, default: [] },
    ),
    finalizedFeaturesEpoch: int64({ since: 3, tag: 1, default: -1 }),
    finalizedFeatures: array(
      {
        name: string(),
        maxVersionLevel: int16(),
        minVersionLevel: int16(),
      },
      { since: 3, tag: 2, default: [] },
    ),
    zkMigrationReady: bool({ since: 3, tag: 3, default: false }),
  },
})

/** A decoded ApiVersions response. */
export type ApiVersionsResponse = MessageOf<typeof ApiVersionsResponse>
/** A ApiVersions response to encode: fields with a default may be left out. */
export type ApiVersionsReply = ReplyOf<typeof ApiVersionsResponse>
