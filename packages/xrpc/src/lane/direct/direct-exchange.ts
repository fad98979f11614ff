import type { IncomingHttpHeaders } from 'node:http'
import { lexToJson } from '@atproto/lexicon'
import type { Input, Output } from '@atproto/xrpc-server'
import { isPlainSuccess, type OutputCheck } from '../answer.ts'
import { type Exchange, tell } from '../exchange.ts'
import { isPlainJson } from '../lex-json.ts'
import type { Outcome } from '../observe/observer.ts'
import type { PreparedRoute } from '../prepared-route.ts'
import type { JsonInput } from '../read-input.ts'
import type { Request, Response } from '../stock.ts'
import { closeResponse, markRead, tellClosed } from './detached-messages.ts'
import type { PlainHead } from './plain-head.ts'

/** Where a request came from that has been read here, and where its answer goes. */
export interface DirectSource {
  /** Whether a plain answer may be written as it is. */
  readonly writesPlainJson: boolean
  /** Hands the connection over to Node, which reads the request again and makes messages of it. */
  handOver(exchange: DirectExchange): Exchange
  /** Makes messages of a request that has been answered. They have no part in the connection any more. */
  recall(exchange: DirectExchange): Exchange
  /** Writes the answer: a text of JSON, or nothing. Tells the exchange when it is out, or lost. */
  write(json: string | undefined, exchange: DirectExchange): void
}

/**
 * An exchange without messages. They are made as soon as something asks for them, from the bytes that were read; from
 * then on everything goes by them.
 */
export class DirectExchange implements Exchange {
  readonly nsid: string
  readonly head: PlainHead
  readonly #body: Buffer | undefined
  readonly #source: DirectSource
  #headers: IncomingHttpHeaders | undefined
  #input: JsonInput | undefined
  /** By messages. */
  #exchange: Exchange | undefined
  #onEnd: ((outcome: Outcome) => void) | undefined
  #isStarted = false
  #isAnswered = false
  #outcome: Outcome | undefined

  constructor(nsid: string, head: PlainHead, body: Buffer | undefined, source: DirectSource) {
    this.nsid = nsid
    this.head = head
    this.#body = body
    this.#source = source
  }

  get method(): string {
    return this.head.method
  }

  get headers(): IncomingHttpHeaders {
    if (this.#exchange) return this.#exchange.headers
    this.#headers ??= { ...this.head.headers.values }
    return this.#headers
  }

  get req(): Request {
    return this.toMessages().req
  }

  get res(): Response {
    return this.toMessages().res
  }

  get isAborted(): boolean {
    if (this.#isAnswered) return this.#outcome === 'aborted'
    return this.#exchange?.isAborted ?? false
  }

  /** Makes it an exchange by messages, if it is not one yet. */
  toMessages(): Exchange {
    if (this.#exchange) return this.#exchange
    const exchange = this.#isAnswered ? this.#source.recall(this) : this.#source.handOver(this)
    this.#exchange = exchange
    const { req, res } = exchange
    // What somebody has read, and maybe changed, is what everybody finds.
    if (this.#headers) req.headers = this.#headers
    if (this.#input) {
      markRead(req)
      req.body = this.#input.body
    }
    if (!this.#isAnswered) {
      if (this.#onEnd) exchange.onEnd(this.#onEnd)
    } else if (this.#outcome !== undefined) {
      closeResponse(res, this.#outcome)
    }
    return exchange
  }

  onEnd(listener: (outcome: Outcome) => void): void {
    if (this.#exchange && !this.#isAnswered) this.#exchange.onEnd(listener)
    else if (this.#isStarted && this.#outcome !== undefined)
      process.nextTick(tell, listener, this.#outcome)
    else this.#onEnd = this.#onEnd ? both(this.#onEnd, listener) : listener
  }

  /** Observers have had their turn. Until then they are told nothing, even of a call that ends at once. */
  start(): void {
    this.#isStarted = true
    this.#tell()
  }

  /** The answer is out, or lost. */
  end(outcome: Outcome): void {
    this.#outcome = outcome
    const res = this.#exchange?.res
    const isListenedTo = res?.destroyed === false
    if (res) closeResponse(res, outcome)
    if (this.#isStarted) this.#tell()
    if (res && isListenedTo) tellClosed(res)
  }

  #tell(): void {
    if (this.#onEnd && this.#outcome !== undefined) tell(this.#onEnd, this.#outcome)
  }

  readInput(route: PreparedRoute): Promise<Input> | Input {
    if (this.#exchange) return this.#exchange.readInput(route)
    if (!this.#body) return undefined
    this.#input = route.readJson(this.#body)
    return this.#input ?? this.toMessages().readInput(route)
  }

  answer(output: Output, check: OutputCheck | null): Promise<void> | undefined {
    if (this.#exchange || this.#isAnswered || !this.#source.writesPlainJson)
      return this.toMessages().answer(output, check)
    if (!output) {
      check?.(output)
      this.#write(undefined)
      return undefined
    }
    if (!isPlainSuccess(output)) return this.toMessages().answer(output, check)
    check?.(output)
    const json = toJson(output.body)
    // What a body does while it is written may include a look at the request.
    if (json === undefined || this.#exchange) return this.toMessages().answer(output, null)
    this.#write(json)
    return undefined
  }

  #write(json: string | undefined): void {
    this.#isAnswered = true
    this.#source.write(json, this)
  }
}

/** Undefined for what cannot be written; what is wrong with it is said elsewhere. */
function toJson(body: unknown): string | undefined {
  try {
    return JSON.stringify(isPlainJson(body) ? body : lexToJson(body))
  } catch {
    return undefined
  }
}

function both(
  first: (outcome: Outcome) => void,
  second: (outcome: Outcome) => void,
): (outcome: Outcome) => void {
  return (outcome) => {
    tell(first, outcome)
    second(outcome)
  }
}
