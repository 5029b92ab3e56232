/** Frame headers and the table of APIs. */
import { ApiKey, apis, isFlexible } from "../../protocol/apis.ts"
import {
  beginRequest,
  beginResponse,
  finishFrame,
  readRequestHeader,
  readResponseHeader,
} from "../../protocol/frame.ts"
import { DecodeError, Reader } from "../../protocol/reader.ts"
import { Writer } from "../../protocol/writer.ts"

const writer = new Writer()
const reader = new Reader()

function frame(): Buffer {
  const bytes = Buffer.concat(finishFrame(writer) as Uint8Array[])
  expect(bytes.readInt32BE(0)).toBe(bytes.length - 4)
  return bytes.subarray(4)
}

describe("request header", () => {
  it.each([
    ["version 1", ApiKey.Fetch, 11, "0001 000b 00000007 0003 616263"],
    ["version 2 of a flexible request", ApiKey.Fetch, 12, "0001 000c 00000007 0003 616263 00"],
    [
      "version 2 of one newer than ours",
      ApiKey.ApiVersions,
      99,
      "0012 0063 00000007 0003 616263 00",
    ],
    ["version 1 of an unknown API", 999, 0, "03e7 0000 00000007 0003 616263"],
  ])("%s", (_, apiKey, apiVersion, hex) => {
    const header = { apiKey, apiVersion, correlationId: 7, clientId: "abc" }
    beginRequest(writer, header)
    const bytes = frame()
    expect(bytes.toString("hex")).toBe(hex.replaceAll(" ", ""))
    expect(readRequestHeader(reader.reset(bytes))).toEqual(header)
    expect(reader.remaining).toBe(0)
  })
  it("without a client id", () => {
    beginRequest(writer, { apiKey: 3, apiVersion: 0, correlationId: -1, clientId: null })
    expect(readRequestHeader(reader.reset(frame())).clientId).toBeNull()
  })
  it("skips tags nobody knows", () => {
    const bytes = Buffer.from("0001000c000000070000" + "01" + "2a" + "02ffff" + "55", "hex")
    readRequestHeader(reader.reset(bytes))
    expect(reader.remaining).toBe(1)
  })
  it.each(["", "0001", "0001000c00000007", "0001000b000000070009616263", "0001000b00000007fffe"])(
    "refuses %s",
    (hex) => {
      expect(() => readRequestHeader(reader.reset(Buffer.from(hex, "hex")))).toThrow(DecodeError)
    },
  )
})

describe("response header", () => {
  it.each([
    ["version 0", ApiKey.Fetch, 11, "00000007"],
    ["version 1 of a flexible response", ApiKey.Fetch, 12, "0000000700"],
    ["version 0 of ApiVersions, always", ApiKey.ApiVersions, 4, "00000007"],
  ])("%s", (_, apiKey, apiVersion, hex) => {
    beginResponse(writer, 7, apiKey, apiVersion)
    const bytes = frame()
    expect(bytes.toString("hex")).toBe(hex)
    expect(readResponseHeader(reader.reset(bytes), apiKey, apiVersion)).toBe(7)
    expect(reader.remaining).toBe(0)
  })
  it("counts file slices in the length", () => {
    const slice = { fd: 3, position: 0, length: 1000, release() {} }
    beginResponse(writer, 7, ApiKey.Fetch, 4)
    writer.records32(slice)
    const [first, second] = finishFrame(writer)
    expect(second).toBe(slice)
    expect((first as Buffer).toString("hex")).toBe("000003f0" + "00000007" + "000003e8")
  })
})

describe("API table", () => {
  it("has requests and responses of the same versions, with rows by ascending key", () => {
    expect([...apis.keys()]).toEqual([...apis.keys()].sort((a, b) => a - b))
    for (const { key, name, request, response, versions } of apis.values()) {
      expect([request.name, response.name]).toEqual([`${name}Request`, `${name}Response`])
      expect([request.api, response.api, ApiKey[name]]).toEqual([key, key, key])
      expect(response.versions).toEqual(request.versions)
      expect(versions[0]).toBe(request.versions[0])
      expect(versions[1]).toBeLessThanOrEqual(request.versions[1])
    }
  })
  it("shows Produce from 0 and serves it from 3; leaves InitProducerId 6 out", () => {
    expect(apis.get(ApiKey.Produce)).toMatchObject({ versions: [3, 13], advertised: [0, 13] })
    expect(apis.get(ApiKey.InitProducerId)!.advertised).toEqual([0, 5])
  })
  it("knows flexible versions, and that SaslHandshake has none", () => {
    expect(isFlexible(ApiKey.Produce, 8)).toBe(false)
    expect(isFlexible(ApiKey.Produce, 9)).toBe(true)
    expect(isFlexible(ApiKey.SaslHandshake, 1)).toBe(false)
    expect(isFlexible(-1, 0)).toBe(false)
  })
})
