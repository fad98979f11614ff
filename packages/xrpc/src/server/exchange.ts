import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Input, Output } from '@atproto/xrpc-server'
import type { Outcome } from '../observe/observer.ts'
import type { Request, Response } from './adapter/xrpc-adapter.ts'
import { type OutputCheck, writeOutput } from './body/write-output.ts'
import { log } from './log.ts'
import type { PreparedRoute } from './prepared-route.ts'

/** Starts the stall timer of a connection whose answer the client has not taken at once. */
export type StartStallTimer = (socket: Socket) => void

/** The request and the response of one call. */
export class Exchange {
  /** The method called. */
  readonly nsid: string
  readonly req: Request
  readonly res: Response
  readonly #startStallTimer: StartStallTimer

  constructor(nsid: string, req: Request, res: Response, startStallTimer: StartStallTimer) {
    this.nsid = nsid
    this.req = req
    this.res = res
    this.#startStallTimer = startStallTimer
  }

  /** The HTTP verb. */
  get method(): string {
    return this.req.method
  }

  get headers(): IncomingHttpHeaders {
    return this.req.headers
  }

  /** Calls back when the client leaves before it has the whole answer, at once if it has left already. */
  onAborted(listener: () => void): void {
    const { res } = this
    const end = (): void => {
      if (!res.writableFinished) listener()
    }
    if (res.closed) end()
    else res.on('close', end)
  }

  /** Calls back once, asynchronously, when the answer is sent or the client has left, even if that is already so. */
  onEnd(listener: (outcome: Outcome) => void): void {
    const { res } = this
    const end = (): void => tell(listener, res.writableFinished ? res.statusCode : 'aborted')
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
   * @returns a promise if writing takes time
   */
  answer(output: Output, check: OutputCheck | null): Promise<void> | undefined {
    const writing = writeOutput(this.res, output, check)
    if (writing || this.res.writableLength > 0) this.#startStallTimer(this.req.socket)
    return writing
  }
}

/** Tells how a call ended. One listener that fails must not take others, or the process, with it. */
export function tell(listener: (outcome: Outcome) => void, outcome: Outcome): void {
  try {
    listener(outcome)
  } catch (err) {
    log.error({ err }, 'an observer has failed at the end of a call')
  }
}
