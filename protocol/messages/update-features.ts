/**
 * Raises or lowers finalized feature levels (KIP-584).
 */
import {
  array,
  bool,
  int8,
  int16,
  int32,
  type MessageOf,
  message,
  type ReplyOf,
  string,
} from "../schema.ts"

/** What a client sends. */
export const UpdateFeaturesRequest = message({
  name: "UpdateFeaturesRequest",
  api: 57,
  versions: [0, 2],
  flexible: 0,
  fields: {
    timeoutMs: int32({ default: 60000 }),
    featureUpdates: array({
      feature: string(),
      maxVersionLevel: int16(),
      allowDowngrade: bool({ until: 0, default: false }),
      upgradeType: int8({ since: 1, default: 1 }),
    }),
    validateOnly: bool({ since: 1, default: false }),
  },
})

/** A decoded UpdateFeatures request. */
export type UpdateFeaturesRequest = MessageOf<typeof UpdateFeaturesRequest>
/** A UpdateFeatures request to encode: fields with a default may be left out. */
export type UpdateFeaturesCall = ReplyOf<typeof UpdateFeaturesRequest>

/** What the broker answers. */
export const UpdateFeaturesResponse = message({
  name: "UpdateFeaturesResponse",
  api: 57,
  versions: [0, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    results: array(
      {
        feature: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: 0 }),
      },
      { until: 1, default: [] },
    ),
  },
})

/** A decoded UpdateFeatures response. */
export type UpdateFeaturesResponse = MessageOf<typeof UpdateFeaturesResponse>
/** A UpdateFeatures response to encode: fields with a default may be left out. */
export type UpdateFeaturesReply = ReplyOf<typeof UpdateFeaturesResponse>
