/** Assignors: the results that Kafka's Java client computes for the same groups. */
import { rangeAssignor, roundRobinAssignor } from "../../../clients/consumer/assignors.ts"

const member = (memberId: string, ...topics: string[]) => ({
  memberId,
  groupInstanceId: null,
  topics,
})

function shown(assigned: Map<string, { topic: string; partition: number }[]>) {
  const entries = [...assigned].map(([id, partitions]) => [
    id,
    partitions.map(({ topic, partition }) => `${topic}${partition}`).join(" "),
  ])
  return Object.fromEntries(entries)
}

describe("assignors: range", () => {
  it("the first members get one more of each topic", () => {
    const members = [member("c2", "t", "u"), member("c1", "t", "u")]
    const counts = new Map([
      ["t", 3],
      ["u", 3],
    ])
    expect(shown(rangeAssignor.assign(members, counts))).toEqual({
      c1: "t0 t1 u0 u1",
      c2: "t2 u2",
    })
  })

  it("only members that subscribe to a topic get it", () => {
    const members = [member("c1", "t"), member("c2", "t", "u"), member("c3", "t")]
    const counts = new Map([
      ["t", 3],
      ["u", 2],
    ])
    expect(shown(rangeAssignor.assign(members, counts))).toEqual({
      c1: "t0",
      c2: "t1 u0 u1",
      c3: "t2",
    })
  })

  it("more members than partitions: the last get nothing", () => {
    const members = [member("b", "t"), member("a", "t")]
    expect(shown(rangeAssignor.assign(members, new Map([["t", 1]])))).toEqual({ a: "t0", b: "" })
  })

  it("a topic that does not exist is nobody's", () => {
    expect(shown(rangeAssignor.assign([member("a", "x")], new Map()))).toEqual({ a: "" })
  })

  it("static members come first, by instance id, whatever their member ids", () => {
    const members = [
      member("a", "t"),
      { memberId: "z", groupInstanceId: "i1", topics: ["t"] },
      { memberId: "b", groupInstanceId: "i2", topics: ["t"] },
    ]
    expect(shown(rangeAssignor.assign(members, new Map([["t", 3]])))).toEqual({
      z: "t0",
      b: "t1",
      a: "t2",
    })
  })
})

describe("assignors: roundrobin", () => {
  it("partitions of all topics go round in one circle", () => {
    const members = [member("c1", "t", "u"), member("c2", "t", "u")]
    const counts = new Map([
      ["t", 3],
      ["u", 3],
    ])
    expect(shown(roundRobinAssignor.assign(members, counts))).toEqual({
      c1: "t0 t2 u1",
      c2: "t1 u0 u2",
    })
  })

  it("members without a subscription to a topic are passed over", () => {
    const members = [member("c1", "t1"), member("c2", "t1", "t2"), member("c3", "t1", "t2", "t3")]
    const counts = new Map([
      ["t1", 1],
      ["t2", 2],
      ["t3", 3],
    ])
    expect(shown(roundRobinAssignor.assign(members, counts))).toEqual({
      c1: "t10",
      c2: "t20",
      c3: "t21 t30 t31 t32",
    })
  })
})
