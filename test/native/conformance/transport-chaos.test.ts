/**
 * Connections that send, stall, leave and vanish as a seed says, in every house. Whatever happens:
 * one onClose for each onOpen and nothing after it, each slice released once, and what a client
 * received is the beginning of what was queued for it.
 */
import type { ConnectionId } from "../../../native/os.ts"
import { Prng } from "../../../native/simulated/index.ts"
import { framed, patterned } from "../../support/bytes.ts"
import { forEachSeed } from "../../support/seeds.ts"
import { BrokerSide } from "./broker-side.ts"
import { type Client, forEachHouse, type World } from "./house.ts"

const STEPS = 120
const FILE_BYTES = 600_000

interface Party {
  readonly client: Client
  readonly id: ConnectionId
  readonly queued: Buffer[]
  isGone: boolean
}

forEachHouse("transport: chaos", (open) => {
  it("keeps its promises for every seed", () =>
    forEachSeed(6, async (seed) => {
      const chaos = new Chaos(open(), seed)
      await chaos.run()
    }))
})

class Chaos {
  readonly #world: World
  readonly #chance: Prng
  readonly #broker: BrokerSide
  readonly #parties: Party[] = []
  readonly #file = patterned(FILE_BYTES)
  #fd = -1

  constructor(world: World, seed: number) {
    this.#world = world
    this.#chance = new Prng(seed)
    this.#broker = new BrokerSide(world, {
      maxUnsentBytes: 200_000,
      maxRequestMemoryBytes: 300_000,
    })
    this.#broker.answer = (id) => this.#answer(id)
  }

  async run(): Promise<void> {
    await this.#broker.listen()
    this.#fd = this.#broker.createFile(FILE_BYTES)
    for (let step = 0; step < STEPS; step++) {
      await this.#step()
      if (this.#chance.oneIn(4)) await this.#world.elapse(this.#chance.between(0, 4))
    }
    for (const { client } of this.#parties) client.resume()
    await this.#broker.close()
    this.#check()
    this.#world.os.files.close(this.#fd)
  }

  async #step(): Promise<void> {
    const party = this.#parties[this.#chance.between(0, this.#parties.length)]
    if (!party || this.#chance.oneIn(12)) {
      const { client, id } = await this.#broker.accept()
      this.#parties.push({ client, id, queued: [], isGone: false })
      return
    }
    const { transport } = this.#broker
    const what = this.#chance.between(0, 100)
    if (what < 45) party.client.send(framed(patterned(this.#chance.between(0, 20_000))))
    else if (what < 60) this.#send(party)
    else if (what < 68) party.client.stall()
    else if (what < 80) party.client.resume()
    else if (what < 85) transport.pause(party.id)
    else if (what < 91) transport.resume(party.id)
    else if (what < 93) transport.disconnect(party.id)
    else if (what < 95) transport.disconnect(party.id, { drain: true })
    else if (what < 97) party.client.end()
    else if (what < 98) party.client.reset()
    else party.client.send(this.#chance.bytes(this.#chance.between(1, 50)))
    if (what >= 91 && what < 95) party.isGone = true
  }

  #send(party: Party): void {
    this.#queueReply(party)
    this.#broker.transport.flush()
  }

  #answer(id: ConnectionId): void {
    const party = this.#parties.find((each) => each.id === id)
    if (party) this.#queueReply(party)
  }

  #queueReply(party: Party): void {
    const header = patterned(this.#chance.between(1, 3000), party.queued.length)
    const position = this.#chance.between(0, FILE_BYTES)
    const length = this.#chance.between(0, FILE_BYTES - position)
    if (!party.isGone) party.queued.push(header, this.#file.subarray(position, position + length))
    this.#broker.send(party.id, header)
    this.#broker.sendSlice(party.id, { fd: this.#fd, position, length })
  }

  #check(): void {
    const { opened, closed, frames, slices, transport } = this.#broker
    const ids = opened.map(({ id }) => id)
    expect(closed.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids.sort((a, b) => a - b))
    expect(frames.every(({ id }) => ids.includes(id))).toBe(true)
    expect(slices.every(({ releaseCount }) => releaseCount === 1)).toBe(true)
    expect(transport.counters.openConnections).toBe(0)
    expect(this.#parties.some(({ client }) => client.receivedBytes() > 0)).toBe(true)
    for (const { client, queued } of this.#parties) {
      const received = client.received()
      const expected = Buffer.concat(queued).subarray(0, received.length)
      expect(received.equals(expected)).toBe(true)
    }
  }
}
