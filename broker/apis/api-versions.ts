/**
 * ApiVersions, versions 0-4: what this broker serves. Newer versions are answered by the router.
 *
 * Produce is advertised from version 0 on although 0-2 are refused: old librdkafka takes a broker
 * without them for one that cannot be produced to (KAFKA-18659).
 */
import { ApiKey, apis } from "../../protocol/apis.ts"
import { ErrorCode } from "../../protocol/errors.ts"
import type { ApiVersionsReply, ApiVersionsRequest } from "../../protocol/messages/api-versions.ts"
import type { Handler } from "../context.ts"

/** First version in which clients say what they are. */
const SOFTWARE_VERSION = 3
/** KIP-511: what the name and version of a client's software may look like. */
const LEGAL_SOFTWARE = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** `servedKeys` are the keys that have a handler. */
export function apiVersions(
  servedKeys: () => Iterable<number>,
): Handler<ApiVersionsRequest, ApiVersionsReply> {
  let apiKeys: ApiVersionsReply["apiKeys"] | undefined
  return (request, context) => {
    if (context.apiVersion >= SOFTWARE_VERSION) {
      const { clientSoftwareName, clientSoftwareVersion } = request
      const isLegal =
        LEGAL_SOFTWARE.test(clientSoftwareName) && LEGAL_SOFTWARE.test(clientSoftwareVersion)
      if (!isLegal) return { errorCode: ErrorCode.INVALID_REQUEST, apiKeys: [] }
      context.rememberSoftware(clientSoftwareName, clientSoftwareVersion)
    }
    apiKeys ??= [...servedKeys()].sort((a, b) => a - b).map(served)
    return { errorCode: ErrorCode.NONE, apiKeys }
  }
}

function served(apiKey: number) {
  const [minVersion, maxVersion] = apis.get(apiKey)!.versions
  return { apiKey, minVersion: apiKey === ApiKey.Produce ? 0 : minVersion, maxVersion }
}
