/**
 * Configuration of topics, brokers and other resources, with sources and synonyms (v1), types and
 * documentation (v3).
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
export const DescribeConfigsRequest = message({
  name: "DescribeConfigsRequest",
  api: 32,
  versions: [1, 4],
  flexible: 4,
  fields: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configurationKeys: array(string(), { nullable: 1 }),
    }),
    includeSynonyms: bool({ default: false }),
    includeDocumentation: bool({ since: 3, default: false }),
  },
})

/** A decoded DescribeConfigs request. */
export type DescribeConfigsRequest = MessageOf<typeof DescribeConfigsRequest>
/** A DescribeConfigs request to encode: fields with a default may be left out. */
export type DescribeConfigsCall = ReplyOf<typeof DescribeConfigsRequest>

/** What the broker answers. */
export const DescribeConfigsResponse = message({
  name: "DescribeConfigsResponse",
  api: 32,
  versions: [1, 4],
  flexible: 4,
  fields: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 1 }),
        readOnly: bool(),
        configSource: int8({ default: -1 }),
        isSensitive: bool(),
        synonyms: array({
          name: string(),
          value: string({ nullable: 1 }),
          source: int8(),
        }),
        configType: int8({ since: 3, default: 0 }),
        documentation: string({ since: 3, nullable: 3, default: "" }),
      }),
    }),
  },
})

/** A decoded DescribeConfigs response. */
export type DescribeConfigsResponse = MessageOf<typeof DescribeConfigsResponse>
/** A DescribeConfigs response to encode: fields with a default may be left out. */
export type DescribeConfigsReply = ReplyOf<typeof DescribeConfigsResponse>
