/** DescribeCluster: this broker is the whole cluster. */
import { ApiKey } from "../../../protocol/apis.ts"
import { ErrorCode } from "../../../protocol/errors.ts"
import type { DescribeClusterResponse } from "../../../protocol/messages/describe-cluster.ts"
import { BrokerWorld } from "../../support/broker-world.ts"

let world: BrokerWorld

beforeAll(async () => {
  world = await BrokerWorld.open({ config: { "node.id": 4, "broker.rack": "r1" } })
})
afterAll(() => world.close())

const describeCluster = (version: number, more: object = {}) =>
  world.connect().call<DescribeClusterResponse>(ApiKey.DescribeCluster, version, {
    includeClusterAuthorizedOperations: false,
    ...more,
  })

describe("the cluster", () => {
  it.each([0, 1, 2])(
    "is this broker at the address that was dialled, version %d",
    async (version) => {
      expect(await describeCluster(version)).toMatchObject({
        errorCode: 0,
        errorMessage: null,
        clusterId: world.broker.clusterId,
        controllerId: 4,
        brokers: [{ brokerId: 4, port: world.broker.port, rack: "r1", isFenced: false }],
        clusterAuthorizedOperations: -2147483648,
      })
    },
  )

  it("says which operations are allowed when asked", async () => {
    const reply = await describeCluster(2, { includeClusterAuthorizedOperations: true })
    expect(reply.clusterAuthorizedOperations).toBe(8096)
  })

  it("has no controllers to be asked for, nor anything else", async () => {
    const controllers = await describeCluster(1, { endpointType: 2 })
    expect(controllers.errorCode).toBe(ErrorCode.MISMATCHED_ENDPOINT_TYPE)
    const others = await describeCluster(2, { endpointType: 3 })
    expect(others).toMatchObject({
      errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
      errorMessage: "Unsupported endpoint type 3",
      brokers: [],
    })
  })
})
