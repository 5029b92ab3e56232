/**
 * A whole world in memory: a disk that forgets, a network that drops, a clock that obeys, and one
 * seed for everything that is left to chance. Nothing happens until a test lets time pass.
 *
 * A world has lives: `crash` (power cut) or `kill` (kill -9) ends one, `restart` begins the next on
 * the disk that is left. Callbacks of an ended life never run.
 */
import type { Clock, Os, Transport, TransportHandler, TransportOptions } from "../os.ts"
import { crc32c } from "../portable/crc32c.ts"
import { defaultTransportOptions } from "../portable/options.ts"
import { StreamTransport } from "../portable/transport.ts"
import type { SimulatedDisk } from "./disk.ts"
import type { Faults } from "./faults.ts"
import { SimulatedFiles } from "./files.ts"
import { Life } from "./life.ts"
import { SimulatedNetwork } from "./network.ts"
import type { Peer } from "./peer.ts"
import { Prng } from "./prng.ts"
import type { Scheduler } from "./scheduler.ts"

/** What outlives the process. */
export interface World {
  readonly seed: number
  readonly chance: Prng
  readonly scheduler: Scheduler
  readonly disk: SimulatedDisk
  readonly faults: Faults
}

/** The `Os` of one life of the simulated process. */
export class SimulatedOs implements Os {
  readonly name = "simulated"
  readonly files: SimulatedFiles
  readonly clock: Clock
  readonly random: Prng
  readonly crc32c = crc32c
  readonly #world: World
  readonly #life: Life
  readonly #network: SimulatedNetwork

  constructor(world: World) {
    this.#world = world
    this.#life = new Life(world.scheduler)
    this.clock = this.#life
    this.random = new Prng(world.chance.uint32())
    this.files = new SimulatedFiles({ ...world, life: this.#life })
    this.#network = new SimulatedNetwork({ ...world, life: this.#life }, this.files)
  }

  /** The seed that replays this world. */
  get seed(): number {
    return this.#world.seed
  }

  /** Which calls fail; may be changed at any time. */
  get faults(): Faults {
    return this.#world.faults
  }

  /** Chance for tests, from the same seed. */
  get chance(): Prng {
    return this.#world.chance
  }

  createTransport(handler: TransportHandler, options?: Partial<TransportOptions>): Transport {
    return new StreamTransport(handler, { ...defaultTransportOptions, ...options }, this.#network)
  }

  /** A new connection to whoever listens on `port` in this world. */
  connect(port: number): Peer {
    return this.#network.connect(port)
  }

  /** Runs what is due within the next `ms` and moves the clock there. */
  advance(ms: number): void {
    this.#world.scheduler.advance(ms)
  }

  /** Runs until no I/O is in flight; timers run as far as that takes time. */
  runUntilIdle(): void {
    this.#world.scheduler.runUntilIdle()
  }

  /** As `advance`, for code with promises: they settle between events. */
  elapse(ms: number): Promise<void> {
    return this.#world.scheduler.elapse(ms)
  }

  /** Lets time pass until `promise` settles; fails when that takes over ten virtual minutes. */
  drive<T>(promise: Promise<T>): Promise<T> {
    return this.#world.scheduler.drive(promise)
  }

  /** The power fails: of what was not synced, each write and each name is kept, lost or torn. */
  crash(): void {
    this.#end(true)
  }

  /** The process is killed: everything it has written stays, synced or not. */
  kill(): void {
    this.#end(false)
  }

  /** The next life, on what is left of the disk; kills this one if it still lives. */
  restart(): SimulatedOs {
    this.kill()
    return new SimulatedOs(this.#world)
  }

  close(): void {}

  #end(isPowerLost: boolean): void {
    if (this.#life.isOver) return
    this.#life.end()
    this.#network.die()
    this.files.die()
    this.#world.disk.crash(isPowerLost)
  }
}
