/**
 * What surrounds every message.
 *
 *   request:   length (4) | api key (2) | api version (2) | correlation id (4) | client id | [tags]
 *   response:  length (4) | correlation id (4) | [tags]
 *
 * The length counts what follows it. Tags are there when the message's version is flexible; an
 * ApiVersions response never has them, so that any client can read it. The client id has a two-byte
 * length in every version.
 */

import { ApiKey, isFlexible } from "./apis.ts"
import type { Part } from "./part.ts"
import type { Reader } from "./reader.ts"
import type { Writer } from "./writer.ts"

/** Bytes of the length in front of a frame. */
export const LENGTH_BYTES = 4

/** Who asks what, as the front of a request says. */
export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** Reads the front of a request (without the frame's length). The body of an API that is not in the
 *  table cannot be told from the header: its header is read as version 1. */
export function readRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientId = reader.nullableString()
  if (isFlexible(apiKey, apiVersion)) reader.skipTags()
  return { apiKey, apiVersion, correlationId, clientId }
}

/** Resets the writer and writes the front of a response. */
export function beginResponse(
  writer: Writer,
  correlationId: number,
  apiKey: number,
  apiVersion: number,
): void {
  writer.reset()
  writer.int32(0)
  writer.int32(correlationId)
  if (apiKey !== ApiKey.ApiVersions && isFlexible(apiKey, apiVersion)) writer.varuint(0)
}

/** Sets the length in front, file slices counted, and gives the whole frame. The parts are to be
 *  sent or copied before the writer is used again. */
export function finishFrame(writer: Writer): Part[] {
  endFrame(writer)
  return writer.finish()
}

/** As `finishFrame`, without giving the parts: for who sends `writer.single` when it is there. */
export function endFrame(writer: Writer): void {
  writer.patchInt32(0, writer.length - LENGTH_BYTES)
}

/** Resets the writer and writes the front of a request. */
export function beginRequest(writer: Writer, header: RequestHeader): void {
  writer.reset()
  writer.int32(0)
  writer.int16(header.apiKey)
  writer.int16(header.apiVersion)
  writer.int32(header.correlationId)
  writer.nullableString(header.clientId)
  if (isFlexible(header.apiKey, header.apiVersion)) writer.varuint(0)
}

/** Reads the front of a response (without the frame's length); gives the correlation id. Since only
 *  that tells which request is answered, the caller may look at it first: it is the first int32. */
export function readResponseHeader(reader: Reader, apiKey: number, apiVersion: number): number {
  const correlationId = reader.int32()
  if (apiKey !== ApiKey.ApiVersions && isFlexible(apiKey, apiVersion)) reader.skipTags()
  return correlationId
}
