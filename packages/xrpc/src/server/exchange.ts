import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Input, Output } from '@atproto/xrpc-server'
import { type ObserverLogger, type Outcome, tell } from '../observe/observer.ts'
import type { Request, Response } from './adapter/xrpc-adapter.ts'
import { type OutputCheck, writeOutput } from './body/write-output.ts'
import type { PreparedRoute } from './prepared-route.ts'

/** Starts the stall timer of a connection with unread answer data. */
export type StartStallTimer = (socket: Socket) => void

/** State shared by all exchanges of a listener. */
export interface ExchangeSettings {
  readonly startStallTimer: StartStallTimer
  readonly logger: ObserverLogger
  /** True if JSON answers have an `ETag`. */
  readonly etag: boolean
}

/** The request and the response of one call. */
export class Exchange {
  /** The method called. */
  readonly nsid: string
  readonly req: Request
  readonly res: Response
  readonly #settings: ExchangeSettings

  constructor(nsid: string, req: Request, res: Response, settings: ExchangeSettings) {
    this.nsid = nsid
    this.req = req
    this.res = res
    this.#settings = settings
  }

  /** The HTTP verb. */
  get method(): string {
    return this.req.method
  }

  get headers(): IncomingHttpHeaders {
    return this.req.headers
  }

  /** Calls back if the client leaves before it has the whole answer, at once if it already has. */
  onAborted(listener: () => void): void {
    const { res } = this
    const end = (): void => {
      if (!res.writableFinished) listener()
    }
    if (res.closed) end()
    else res.on('close', end)
  }

  /**
   * Calls back once, asynchronously, when the answer is sent or the client has left, even if that has already
   * happened.
   */
  onEnd(listener: (outcome: Outcome) => void): void {
    const { res } = this
    const end = (): void =>
      tell(listener, res.writableFinished ? res.statusCode : 'aborted', this.#settings.logger)
    if (res.closed) process.nextTick(end)
    else res.once('close', end)
  }

  /** Reads and validates the body; undefined for a method that takes none. */
  readInput(route: PreparedRoute): Promise<Input> | Input {
    return route.readInput(this.req, this.res)
  }

  /**
   * Checks and writes the handler's output.
   *
   * @returns a promise if writing is asynchronous
   */
  answer(output: Output, check: OutputCheck | null): Promise<void> | undefined {
    const writing = writeOutput(this.res, output, { check, etag: this.#settings.etag })
    if (writing || this.res.writableLength > 0) this.#settings.startStallTimer(this.req.socket)
    return writing
  }
}
