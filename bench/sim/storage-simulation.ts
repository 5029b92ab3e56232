/**
 * The real storage on a simulated disk, step by step by a seed: appends, reads, rolls, retention,
 * failing disks, kills, power cuts and orderly stops, compared with arrays all the way.
 *
 * What must hold: nothing that was acknowledged as durable is lost, offsets have no gap, bytes read
 * are the bytes written, a producer's duplicates stay duplicates, no descriptor is left open.
 */
import assert from "node:assert/strict"
import { errno } from "../../native/errno.ts"
import {
  createSimulatedOs,
  type FaultyCall,
  type SimulatedOs,
} from "../../native/simulated/index.ts"
import type { Log } from "../../storage/log.ts"
import { defaultLogConfig, type LogConfig } from "../../storage/log-config.ts"
import { LogManager } from "../../storage/log-manager.ts"
import { SimulatedLog } from "./simulated-log.ts"

const DIRECTORY = "/data"
const TOPIC = "events"
const TOPIC_ID = "c2ltdWxhdGVkLXRvcGljMQ"
const PARTITIONS = 2
/** Attempts to open on a disk that fails now and then; the last is left alone. */
const OPEN_ATTEMPTS = 3
const FAULTY_CALLS: readonly FaultyCall[] = [
  ...(["write", "sync", "syncNow", "syncDirectory", "truncate"] as const),
  ...(["rename", "open", "map", "unlink"] as const),
]

/** What a run did, for its report. */
export interface SimulationReport {
  readonly seed: number
  readonly steps: number
  /** How often each step was taken. */
  readonly counts: ReadonlyMap<string, number>
}

/** How a run is made. */
export interface SimulationOptions {
  seed: number
  steps: number
  /** Told of each step before it is taken. */
  trace?: (step: number, name: string) => void
  config?: Partial<LogConfig>
  /** Whether the power may fail; else processes are only killed or stopped. Default true. */
  hasPowerCuts?: boolean
  /** Whether calls of the disk may fail. Default true. */
  hasFaults?: boolean
}

/** Runs `steps` steps; throws at the first thing that is not as it must be. */
export function simulateStorage(options: SimulationOptions): SimulationReport {
  return new StorageSimulation(options).run()
}

const silent = { info() {}, warn() {}, error() {} }

class StorageSimulation {
  readonly #options: SimulationOptions
  readonly #config: LogConfig
  readonly #logs: SimulatedLog[]
  readonly #counts = new Map<string, number>()
  #os: SimulatedOs
  #manager: LogManager
  #isOffline = false
  /**
   * A sync may fail in this life. The kernel then takes its pages for clean, and a next life could
   * not bring them to safety by syncing again: only a power cut shows what is there.
   */
  #isSyncFaulty = false

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#os = createSimulatedOs({ seed: options.seed })
    this.#config = {
      ...defaultLogConfig,
      ...{ segmentBytes: 30_000, indexMaxBytes: 4096, indexIntervalBytes: 2000 },
      ...{ retentionMs: -1, retentionBytes: -1, fileDeleteDelayMs: 100 },
      ...options.config,
    }
    this.#logs = Array.from(
      { length: PARTITIONS },
      (_, index) => new SimulatedLog(TOPIC, index, this.#os.chance),
    )
    this.#os.files.makeDirectory(DIRECTORY)
    this.#os.files.syncDirectory("/")
    this.#manager = this.#open()
    for (const subject of this.#logs) this.#create(subject)
  }

  run(): SimulationReport {
    const { steps, seed, trace } = this.#options
    for (let step = 0; step < steps; step++) {
      const [name, take] = this.#isOffline ? this.#offlineStep() : this.#onlineStep()
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
      trace?.(step, name)
      take()
      if (this.#os.chance.oneIn(3)) this.#os.advance(this.#os.chance.between(0, 8))
    }
    this.#stop()
    return { seed, steps, counts: this.#counts }
  }

  #onlineStep(): [string, () => void] {
    const { chance } = this.#os
    const subject = chance.pick(this.#logs)
    const log = this.#logOf(subject)
    const drawn = chance.between(0, 1000)
    if (drawn < 550) return ["append", () => this.#appendTo(subject, log)]
    if (drawn < 570) return ["damaged", () => subject.appendDamaged(this.#os, log)]
    if (drawn < 620) return ["duplicate", () => subject.appendDuplicate(this.#os, log)]
    if (drawn < 780) return ["read", () => subject.readAnywhere(this.#os, log)]
    if (drawn < 830) return ["timestamp", () => subject.findTimestamp(log)]
    if (drawn < 900) return ["settle", () => this.#os.runUntilIdle()]
    if (drawn < 910) return ["roll", () => this.#rollOf(log)]
    if (drawn < 920) return ["deleteRecords", () => this.#deleteRecordsOf(subject, log)]
    if (drawn < 930) return ["retention", () => this.#enforceRetention()]
    if (drawn < 945 && this.#options.hasFaults !== false) return ["fault", () => this.#orderFault()]
    return this.#endingStep()
  }

  /** With the directory offline, reads go on until somebody restarts the broker. */
  #offlineStep(): [string, () => void] {
    if (!this.#os.chance.oneIn(3)) {
      const subject = this.#os.chance.pick(this.#logs)
      return ["read offline", () => subject.readAnywhere(this.#os, this.#logOf(subject))]
    }
    return this.#endingStep()
  }

  #endingStep(): [string, () => void] {
    const { hasPowerCuts = true } = this.#options
    const fate = this.#isSyncFaulty ? 0 : this.#os.chance.between(hasPowerCuts ? 0 : 1, 3)
    if (fate === 0) return ["crash", () => this.#restart("crash")]
    if (fate === 1) return ["kill", () => this.#restart("kill")]
    return this.#isOffline
      ? ["kill", () => this.#restart("kill")]
      : ["stop", () => this.#restartInOrder()]
  }

  #appendTo(subject: SimulatedLog, log: Log): void {
    if (!subject.append(this.#os, log)) this.#isOffline = true
  }

  #rollOf(log: Log): void {
    log.roll()
  }

  #deleteRecordsOf(subject: SimulatedLog, log: Log): void {
    subject.deleteRecords(log)
  }

  #enforceRetention(): void {
    const retentionBytes = this.#os.chance.pick([-1, 40_000, 100_000])
    for (const subject of this.#logs) {
      const log = this.#logOf(subject)
      log.updateConfig({ ...this.#config, retentionBytes })
    }
    this.#manager.enforceRetention(this.#os.clock.nowMs())
    for (const subject of this.#logs) subject.noteStart(this.#logOf(subject))
  }

  #orderFault(): void {
    for (const subject of this.#logs) subject.isDiskFaulty = true
    const call = this.#os.chance.pick(FAULTY_CALLS)
    this.#isSyncFaulty ||= call === "sync" || call === "syncNow"
    this.#os.faults.failNext(call, this.#os.chance.pick([errno.EIO, errno.ENOSPC]))
  }

  #restart(how: "crash" | "kill"): void {
    const mayLose = how === "crash"
    if (mayLose) this.#os.crash()
    else this.#os.kill()
    this.#reopen(!mayLose)
  }

  #restartInOrder(): void {
    this.#stop()
    this.#reopen(true)
  }

  #reopen(isWhole: boolean): void {
    this.#os = this.#os.restart()
    this.#os.faults.clear()
    this.#isOffline = this.#isSyncFaulty = false
    this.#manager = this.#open()
    for (const subject of this.#logs) {
      subject.isDiskFaulty = false
      const found = this.#manager.find(subject.topic, subject.partition)
      // Nothing was promised of a log that acknowledged nothing, not even its name.
      if (!found && !isWhole && subject.model.durableOffset === 0) this.#create(subject)
      subject.checkRecovered(this.#os, this.#logOf(subject), isWhole)
    }
  }

  #create({ topic, partition }: SimulatedLog): void {
    const made = this.#manager.create(topic, partition, TOPIC_ID, this.#config)
    assert(made.ok, "create failed on a sound disk")
  }

  #open(): LogManager {
    for (let attempt = 1; ; attempt++) {
      const opened = LogManager.open({
        os: this.#os,
        directories: [DIRECTORY],
        config: this.#config,
        log: silent,
        onDirectoryOffline: () => void (this.#isOffline = true),
      })
      if (opened.ok) return opened.manager
      assert(attempt < OPEN_ATTEMPTS, `open failed on a sound disk: ${opened.message}`)
      this.#os.faults.clear()
    }
  }

  /** Closes everything in order and looks for what was left open. */
  #stop(): void {
    this.#os.faults.clear()
    let isClosed = false
    this.#manager.close(() => void (isClosed = true))
    this.#os.runUntilIdle()
    assert(isClosed, "close does not end")
    assert.equal(this.#os.files.openCount, 0, "descriptors are left open")
  }

  #logOf({ topic, partition }: SimulatedLog): Log {
    const log = this.#manager.find(topic, partition)
    assert(log, `${topic}-${partition} is gone`)
    return log
  }
}
