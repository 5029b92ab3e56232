/**
 * The whole outside world behind one interface: files, maps, sockets, clock, timers, randomness.
 * Three houses implement it (linux, portable, simulated); nothing else performs I/O or reads a
 * clock.
 *
 * 1. Calls that can fail return a number: zero or more is the result, below zero is -errno
 *    (see errno.ts). They never throw for what the system says, only for programming errors.
 * 2. Callbacks run on the loop of the thread that made the call, never inside the call itself.
 * 3. Frames handed to a `TransportHandler` are valid until `onFrame` returns: copy what you keep.
 */
import type { FileSlice, Part } from "./parts.ts"

/** Name of a house, as the `--os` option and `Broker.os` show it. */
export type OsName = "linux" | "portable" | "simulated"

/** Everything a part of the broker may know of the world outside this process. */
export interface Os {
  readonly name: OsName
  readonly files: Files
  readonly clock: Clock
  readonly random: Random
  /** CRC-32C (Castagnoli) of `bytes[start, start + length)`. */
  crc32c(bytes: Uint8Array, start: number, length: number): number
  /** Makes the listener and connections of one broker; a process may have several. */
  createTransport(handler: TransportHandler, options?: Partial<TransportOptions>): Transport
  /** Releases whatever the house holds. Files and transports must have been closed before. */
  close(): void
}

/** Instants and delays, in milliseconds. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch, an integer. */
  nowMs(): number
  /** Monotonic clock, milliseconds with a fraction; only differences mean anything. */
  monotonicMs(): number
  /** Calls `run` once, at least `delayMs` from now. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer
  /** Calls `run` when the present turn of the loop is over, before anything waits. */
  soon(run: () => void): void
}

export interface Timer {
  /** The callback will not run any more. Harmless when it has run. */
  cancel(): void
}

export interface Random {
  /** A random integer, 0 <= n < 2^32. */
  uint32(): number
  /** Fills and returns a new buffer of cryptographic quality (seeded in the simulated house). */
  bytes(length: number): Buffer
}

/** How a file is opened: `read`, `write` (read and write, created if missing), `create` (as
 *  write, but -EEXIST if present). */
export type OpenMode = "read" | "write" | "create"

/** How a file is mapped: MAP_SHARED read-only, MAP_SHARED writable, MAP_PRIVATE. */
export type MapMode = "read-only" | "read-write" | "private"

/** Files and directories. Paths are absolute or relative to the working directory. */
export interface Files {
  /** Descriptor or -errno. */
  open(path: string, mode: OpenMode): number
  close(fd: number): number
  /** Length of the file in bytes (fstat). */
  size(fd: number): number
  /** pread: fills `buffer[start, start + length)` from `position`; number of bytes read (short at
   *  the end of the file). */
  read(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number
  /** pwrite until all is written, in pieces of at most 128 KiB; `length` or -errno. */
  write(fd: number, buffer: Uint8Array, start: number, length: number, position: number): number
  /** Checks, stamps and writes one record batch: see `appendBatch` below. */
  appendBatch(append: BatchAppend): number
  /** ftruncate: the file then has exactly `size` bytes. */
  truncate(fd: number, size: number): number
  /** fallocate (keeps contents); -ENOTSUP where the file system or house cannot. */
  allocate(fd: number, position: number, length: number): number
  /** fdatasync off the loop; `done` gets 0 or -errno. Several may run side by side. */
  sync(fd: number, done: (result: number) => void): void
  /** fsync on the loop: for small files and start-up only. */
  syncNow(fd: number): number
  /** fsync of a directory, so that created, renamed and deleted names survive. */
  syncDirectory(path: string): number
  rename(from: string, to: string): number
  unlink(path: string): number
  /** mkdir -p; 0 also when it exists. */
  makeDirectory(path: string): number
  /** rmdir; the directory must be empty. */
  removeDirectory(path: string): number
  /** Names in a directory (without "." and ".."), sorted; or -errno. */
  list(path: string): string[] | number
  /** What stands at a path; or -errno (-ENOENT when nothing does). Instants in ms. */
  stat(path: string): FileStat | number
  /** Maps `length` bytes from the start of the file, which must be that long already. */
  map(fd: number, length: number, mode: MapMode): MappedFile | number
  /** Takes an exclusive lock on a file (created if missing) until `close` of the descriptor that is
   *  returned; -EAGAIN when another process (or another broker of this one) holds it. Writes the
   *  pid into the file. */
  lock(path: string): number
  /** Whether sending this range would not wait for the disk. True where it cannot be told. */
  isResident(fd: number, position: number, length: number): boolean
  /** Brings a range into memory off the loop; `done` gets 0 or -errno. */
  warm(fd: number, position: number, length: number, done: (result: number) => void): void
}

export interface FileStat {
  readonly size: number
  readonly modifiedAt: number
  readonly isDirectory: boolean
}

/**
 * One record batch (v2) on its way to a file: `bytes[start, start + length)` is the whole batch.
 * The call (1) unless `checkCrc` is false, compares CRC-32C over bytes 21.. with the field at 17,
 * (2) writes `baseOffset` at 0 (int64) and `leaderEpoch` at 12 (int32), both in place,
 * (3) writes the batch at `position`. Result: `length`; -EBADMSG when the CRC is wrong (nothing is
 * written then); -errno of the write (the file may then hold a part of the batch).
 */
export interface BatchAppend {
  fd: number
  bytes: Uint8Array
  start: number
  length: number
  position: number
  baseOffset: number
  leaderEpoch: number
  checkCrc: boolean
}

/** A file in memory. After `close` the bytes are detached: a late access throws, never crashes. */
export interface MappedFile {
  /** The mapped bytes. Reading and writing them is reading and writing the file (read-write). */
  readonly bytes: Buffer
  /** Somebody truncated the file under the map; reads of the missing pages give zeros. The owner
   *  closes the map and rebuilds the file. */
  readonly isDamaged: boolean
  /** msync: 0 or -errno. */
  force(): number
  /** Brings all pages into memory (MADV_POPULATE_READ). */
  load(): number
  isLoaded(): boolean
  close(): void
}

/** Identifies a connection for as long as it is open; never reused within 2^20 connections. */
export type ConnectionId = number

/** Who is at the other end, and which of our addresses was dialled. */
export interface ConnectionInfo {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localHost: string
  readonly localPort: number
}

/** Why a connection ended: by its peer, by us, or because it broke a limit. */
export type CloseReason =
  | "peer" // end of stream or reset
  | "closed" // `Transport.disconnect` or `close`
  | "oversized-frame" // the announced length is negative or over maxFrameBytes
  | "frame-timeout" // a started frame was not complete within frameTimeoutMs
  | "idle" // nothing moved for idleTimeoutMs
  | "send-timeout" // the peer took no byte of a pending reply for sendTimeoutMs
  | "short-file" // a file slice ended early: the file was truncated by somebody else
  | "too-many-connections" // maxConnections reached: closed right after accept, no onOpen

export interface TransportHandler {
  onOpen(connection: ConnectionId, info: ConnectionInfo): void
  /** One complete frame without its length prefix: `bytes[start, start + length)`. */
  onFrame(connection: ConnectionId, bytes: Buffer, start: number, length: number): void
  /** All frames that one wake-up brought have been handed over. What was sent meanwhile leaves
   *  right after this returns. */
  onTurnEnd(): void
  onClose(connection: ConnectionId, reason: CloseReason): void
}

export interface TransportOptions {
  /** Largest frame accepted, in bytes. Default 104_857_600 (socket.request.max.bytes). */
  maxFrameBytes: number
  /** Bytes of incomplete frames held for all connections together. When reached, only the oldest
   *  incomplete frame is read on. Default 64 MiB (queued.max.request.bytes). */
  maxRequestMemoryBytes: number
  /** Open connections at the same time. Default 10_000 (max.connections). */
  maxConnections: number
  /** A frame must be complete this long after its first byte. Default 30_000 plus one second per
   *  MiB announced. */
  frameTimeoutMs: number
  /** Connections that neither sent nor received for this long are closed. Default 600_000
   *  (connections.max.idle.ms). */
  idleTimeoutMs: number
  /** A peer that takes no byte of a pending reply for this long is closed. Default 60_000. */
  sendTimeoutMs: number
  /** Unsent bytes (file slices included) of one connection above which it is not read. Default
   *  8 MiB. */
  maxUnsentBytes: number
  /** File bytes one connection may send per turn, so that readers of old data cannot starve the
   *  others. Default 1 MiB. */
  maxSendBytesPerTurn: number
  /** `auto`: reno for loopback peers where allowed, else the system's; or a name, or `system`. */
  congestionControl: string
}

/** Listener and connections of one broker, all on one loop. */
export interface Transport {
  /** Binds and listens; the port (as bound, when 0 was asked for) or -errno (-EADDRINUSE,
   *  -EACCES, -EADDRNOTAVAIL). In the portable house the number is known later, so: a callback. */
  listen(host: string, port: number, done: (port: number) => void): void
  /** Queues bytes behind what is queued; they are copied before the call returns. Unknown or closed
   *  connections are ignored. */
  send(connection: ConnectionId, bytes: Uint8Array, start: number, length: number): void
  /** Queues a slice of a file; `slice.release()` is called when it has left or cannot any more
   *  (also when the connection is unknown or closed). */
  sendSlice(connection: ConnectionId, slice: FileSlice): void
  /** Sends what has been queued outside of a turn. Within a turn it happens by itself. Call it once
   *  after a group of `send`s, for instance with `clock.soon`. */
  flush(): void
  /** Bytes queued and not yet taken by the kernel. */
  unsentBytes(connection: ConnectionId): number
  /** Stops and starts reading from a connection (frames already read are still delivered). */
  pause(connection: ConnectionId): void
  resume(connection: ConnectionId): void
  /** Closes once what is queued has left (`drain`) or at once. `onClose` follows with "closed". */
  disconnect(connection: ConnectionId, options?: { drain?: boolean }): void
  /** Stops accepting; connections live on. */
  closeListeners(): void
  /** Closes everything; `done` when nothing is pending any more. May be called twice. */
  close(done?: () => void): void
  readonly counters: TransportCounters
}

/** Totals since the transport was made. */
export interface TransportCounters {
  readonly openConnections: number
  readonly acceptedConnections: number
  readonly receivedBytes: number
  /** Bytes sent out of memory. */
  readonly copiedBytes: number
  /** File bytes sent by sendfile(2). */
  readonly sendfileBytes: number
  /** File bytes that were read into memory to be sent: small slices, portable house. */
  readonly copiedFileBytes: number
  /** Bytes of slices that were not resident when asked for, and so were warmed first. */
  readonly coldBytes: number
}

export type { FileSlice, Part }
