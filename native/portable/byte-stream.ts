/**
 * What a transport needs of the world: streams of bytes, listeners, file reads, a clock. Node's
 * sockets give it in the portable house, memory and virtual time in the simulated one, so both
 * run the same transport.
 */
import type { ConnectionInfo } from "../os.ts"

/** A connected socket. Callbacks come from the loop, never from inside a call. */
export interface ByteStream {
  /** Undefined when the peer is gone already. */
  readonly info: ConnectionInfo | undefined
  /** Bytes written that the system has not taken. */
  readonly unwrittenBytes: number
  /** Falls while a large write is taken piece by piece. */
  readonly systemQueueBytes: number
  /** Starts reading; to be called once, first. */
  start(events: StreamEvents): void
  /** `taken` runs when the system has all the bytes; it need not run after `destroy`. */
  write(bytes: Buffer, taken: () => void): void
  /** Between these two, writes are gathered and leave together. */
  cork(): void
  uncork(): void
  pause(): void
  resume(): void
  /** Sends the end of the stream behind what was written. */
  end(): void
  /** Closes both ways now; `onClose` follows. */
  destroy(): void
}

/** What a stream tells its connection. */
export interface StreamEvents {
  onChunk(chunk: Buffer): void
  /** The peer has sent all it had, or the stream has failed. */
  onEnd(): void
  onClose(): void
}

/** Something that accepts streams. */
export interface StreamListener {
  /** Stops accepting (also when it does not listen yet); streams live on. */
  close(): void
}

/** How a listener is made, and whom it tells. */
export interface ListenRequest {
  host: string
  port: number
  /** The bound port, or -errno. */
  onListening(port: number): void
  onStream(stream: ByteStream): void
  /** Nothing more comes from this listener. */
  onClosed(): void
}

/** Where a transport runs. */
export interface StreamHost {
  monotonicMs(): number
  listen(request: ListenRequest): StreamListener
  /** Calls `run` once, behind what the present wake-up still brings. */
  atTurnEnd(run: () => void): void
  /** Calls `run` again and again until the returned function is called. */
  every(periodMs: number, run: () => void): () => void
  /** Reads into all of `buffer`, off the loop; `done` gets the count or -errno. */
  readFile(fd: number, buffer: Buffer, position: number, done: (result: number) => void): void
}
