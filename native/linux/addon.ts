/** The addon's functions, as addon.cc exports them. Results follow rule 1 of os.ts. */

/** What is shared with a reactor: both sides read and write these in place. */
export interface ReactorTables {
  /** Rows of EVENT_COLUMNS. */
  readonly events: Int32Array
  /** Rows of COMMAND_COLUMNS. */
  readonly commands: Float64Array
  /** Bytes that commands refer to. */
  readonly output: Buffer
  /** Tokens of slices that nobody needs any more. */
  readonly released: Int32Array
  readonly counters: Float64Array
  readonly state: Int32Array
  /** Filled by the reactor: the memory of frames. */
  readonly slabs: (Buffer | undefined)[]
}

/** See reactor-calls.cc. */
export interface NativeReactor {
  listen(address: string, port: number): number
  run(): void
  flush(): number
  takeReleased(): number
  queue(connection: number, bytes: Uint8Array, start: number, length: number): void
  unsentBytes(connection: number): number
  setPaused(connection: number, isPaused: boolean): void
  disconnect(connection: number, drain: boolean): void
  addressOf(place: number): [string, number, string, number]
  deliver(): void
  closeListeners(): void
  close(): number
  dispose(): void
}

/** See mapped-file.cc. */
export interface NativeMap {
  result(): number
  bytes(): Buffer
  isDamaged(): boolean
  force(): number
  load(): number
  isLoaded(): boolean
  close(): void
}

export interface Addon {
  readonly Reactor: new (
    options: object,
    tables: ReactorTables,
    onEvents: (count: number) => void,
  ) => NativeReactor
  readonly MappedFile: new (fd: number, length: number, mode: number) => NativeMap
  allocate(fd: number, position: number, length: number): number
  appendBatch(
    fd: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    position: number,
    baseOffset: number,
    leaderEpoch: number,
    checkCrc: boolean,
  ): number
  close(fd: number): number
  crc32c(bytes: Uint8Array, start: number, length: number, inSoftware?: boolean): number
  isResident(fd: number, position: number, length: number): boolean
  lock(path: string): number
  open(path: string, mode: number): number
  read(fd: number, bytes: Uint8Array, start: number, length: number, position: number): number
  rename(from: string, to: string): number
  size(fd: number): number
  sync(fd: number, done: (result: number) => void): void
  syncDirectory(path: string): number
  syncNow(fd: number): number
  truncate(fd: number, size: number): number
  unlink(path: string): number
  warm(fd: number, position: number, length: number, done: (result: number) => void): void
  write(fd: number, bytes: Uint8Array, start: number, length: number, position: number): number
}
