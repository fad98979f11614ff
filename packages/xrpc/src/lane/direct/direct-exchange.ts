import type { IncomingHttpHeaders } from 'node:http'
import { lexToJson } from '@atproto/lexicon'
import type { Input, Output } from '@atproto/xrpc-server'
import { isPlainSuccess, type OutputCheck } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { isPlainJson } from '../lex-json.ts'
import type { Outcome } from '../observe/observer.ts'
import type { PreparedRoute } from '../prepared-route.ts'
import type { JsonInput } from '../read-input.ts'
import type { Request, Response } from '../stock.ts'

/** Where a request came from that has been read here, and where its answer goes. */
export interface DirectSource {
  /** Whether a plain answer may be written as it is. */
  readonly writesPlainJson: boolean
  /** The headers of the request, where they are plain; undefined where Node is to say what they are. */
  readHeaders(): IncomingHttpHeaders | undefined
  /** Hands the connection over to Node, which reads the request again and makes messages of it. */
  handOver(nsid: string): Exchange
  /** Writes the answer: a text of JSON, or nothing. Calls back when it is out, or lost. */
  write(json: string | undefined, sent: ((outcome: Outcome) => void) | undefined): void
}

/**
 * An exchange without messages. They are made as soon as something asks for them, from the bytes that were read; from
 * then on everything goes by them.
 */
export class DirectExchange implements Exchange {
  readonly nsid: string
  readonly method: string
  readonly #body: Buffer | undefined
  readonly #source: DirectSource
  #input: JsonInput | undefined
  #exchange: Exchange | undefined
  #onEnd: ((outcome: Outcome) => void) | undefined

  constructor({ nsid, verb }: PreparedRoute, body: Buffer | undefined, source: DirectSource) {
    this.nsid = nsid
    this.method = verb
    this.#body = body
    this.#source = source
  }

  get headers(): IncomingHttpHeaders {
    return (this.#exchange ? undefined : this.#source.readHeaders()) ?? this.req.headers
  }

  get req(): Request {
    return this.toMessages().req
  }

  get res(): Response {
    return this.toMessages().res
  }

  get isAborted(): boolean {
    return this.#exchange?.isAborted ?? false
  }

  /** Makes it an exchange by messages, if it is not one yet. */
  toMessages(): Exchange {
    if (!this.#exchange) {
      this.#exchange = this.#source.handOver(this.nsid)
      if (this.#input) markRead(this.#exchange.req, this.#input)
      if (this.#onEnd) this.#exchange.onEnd(this.#onEnd)
    }
    return this.#exchange
  }

  onEnd(listener: (outcome: Outcome) => void): void {
    if (this.#exchange) this.#exchange.onEnd(listener)
    else this.#onEnd = this.#onEnd ? both(this.#onEnd, listener) : listener
  }

  readInput(route: PreparedRoute): Promise<Input> | Input {
    if (!this.#body) return undefined
    this.#input = route.readJson(this.#body)
    return this.#input ?? this.toMessages().readInput(route)
  }

  answer(output: Output, check: OutputCheck | null): Promise<void> | undefined {
    if (this.#exchange || !this.#source.writesPlainJson)
      return this.toMessages().answer(output, check)
    if (!output) {
      check?.(output)
      this.#source.write(undefined, this.#onEnd)
      return undefined
    }
    if (!isPlainSuccess(output)) return this.toMessages().answer(output, check)
    check?.(output)
    const json = toJson(output.body)
    if (json === undefined) return this.toMessages().answer(output, null)
    this.#source.write(json, this.#onEnd)
    return undefined
  }
}

/** A handler finds a request whose body has been read. */
function markRead(req: Request, { body }: JsonInput): void {
  req.read()
  req.body = body
}

/** Undefined for what cannot be written; what is wrong with it is said elsewhere. */
function toJson(body: unknown): string | undefined {
  try {
    return JSON.stringify(isPlainJson(body) ? body : lexToJson(body))
  } catch {
    return undefined
  }
}

function both<T>(first: (value: T) => void, second: (value: T) => void): (value: T) => void {
  return (value) => {
    first(value)
    second(value)
  }
}
