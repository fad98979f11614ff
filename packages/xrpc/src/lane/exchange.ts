import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Input, Output } from '@atproto/xrpc-server'
import { answer, type OutputCheck } from './answer.ts'
import { log } from './log.ts'
import type { Outcome } from './observe/observer.ts'
import type { PreparedRoute } from './prepared-route.ts'
import type { Request, Response } from './stock.ts'

/** A request and its answer, wherever they are read from and written to. */
export interface Exchange {
  /** The method called. */
  readonly nsid: string
  readonly req: Request
  readonly res: Response
  /** The verb of HTTP. */
  readonly method: string
  /** As Node has them. */
  readonly headers: IncomingHttpHeaders
  /** Whether the client has gone before it had the whole answer. */
  readonly isAborted: boolean
  /** Calls back once, when the answer is sent or the client has gone, also if that was before; never at once. */
  onEnd(listener: (outcome: Outcome) => void): void
  /** Reads and validates the body; undefined for a method that takes none. */
  readInput(route: PreparedRoute): Promise<Input> | Input
  /**
   * Checks and writes what a handler returned.
   *
   * @returns a promise for what takes its time
   */
  answer(output: Output, check: OutputCheck | null): Promise<void> | undefined
}

/** Told of the connection of an answer that may take its time, as one that a client has not taken at once. */
export type Watch = (socket: Socket) => void

/** An exchange by the messages that Node makes of one. */
export class MessageExchange implements Exchange {
  readonly nsid: string
  readonly req: Request
  readonly res: Response
  readonly #watch: Watch

  constructor(nsid: string, req: Request, res: Response, watch: Watch) {
    this.nsid = nsid
    this.req = req
    this.res = res
    this.#watch = watch
  }

  get method(): string {
    return this.req.method
  }

  get headers(): IncomingHttpHeaders {
    return this.req.headers
  }

  get isAborted(): boolean {
    return this.res.closed && !this.res.writableFinished
  }

  onEnd(listener: (outcome: Outcome) => void): void {
    const { res } = this
    const end = (): void => tell(listener, res.writableFinished ? res.statusCode : 'aborted')
    if (res.closed) process.nextTick(end)
    else res.once('close', end)
  }

  readInput(route: PreparedRoute): Promise<Input> | Input {
    return route.readInput(this.req, this.res)
  }

  answer(output: Output, check: OutputCheck | null): Promise<void> | undefined {
    const writing = answer(this.res, output, check)
    if (writing || this.res.writableLength > 0) this.#watch(this.req.socket)
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
