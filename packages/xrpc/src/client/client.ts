import { bodyOf, errorOf, outputOf, queryOf, throwUnanswered } from './exchange.ts'
import type { Method, Procedure, Query } from './method.ts'
import { type FetchHandler, fetchHandlerOf, type Service } from './service.ts'

export interface ClientOptions {
  /** Headers of every call; those of a call take precedence. */
  readonly headers?: RequestInit['headers']
  /** Sends the requests to an origin; default the platform's `fetch`. */
  readonly fetch?: typeof fetch
  /** Maximum size of an answer that `call` reads, in bytes; default 128 MiB. `request` has no limit. */
  readonly maxBytes?: number
}

export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly headers?: RequestInit['headers']
}

/**
 * The options of a procedure. They include its parameters, since the input is the first argument.
 */
export type ProcedureOptions<Params> = CallOptions & {
  /** The media type of the input, if the method allows several. */
  readonly encoding?: string
} & (Partial<Params> extends Params ? { readonly params?: Params } : { readonly params: Params })

export interface Answer<Output> {
  readonly status: number
  readonly headers: Headers
  readonly data: Output
}

/** The arguments of a query. Parameters may be omitted if all of them are optional. */
export type QueryArguments<Params> =
  Partial<Params> extends Params
    ? [params?: Params, options?: CallOptions]
    : [params: Params, options?: CallOptions]

/** The arguments of a procedure. The input may be omitted if it takes none. */
export type ProcedureArguments<Input, Params> =
  Partial<Params> extends Params
    ? undefined extends Input
      ? [input?: Input, options?: ProcedureOptions<Params>]
      : [input: Input, options?: ProcedureOptions<Params>]
    : [input: Input, options: ProcedureOptions<Params>]

type AnyOptions = CallOptions & { readonly encoding?: string; readonly params?: unknown }

/** Calls methods over `fetch`. A bundle contains this class and the methods it calls, but no documents. */
export class Client {
  readonly #send: FetchHandler
  readonly #options: ClientOptions

  constructor(service: Service, options: ClientOptions = {}) {
    this.#send = fetchHandlerOf(service, options.fetch)
    this.#options = options
  }

  /**
   * Calls a method and reads its answer.
   *
   * @throws CallError if the server answers with an error (as the class the method declares for it), if the
   *   answer does not match, and if there is none. A call aborted by its signal rejects with the reason.
   */
  call<Params, Output>(
    method: Query<Params, Output>,
    ...rest: QueryArguments<Params>
  ): Promise<Answer<Output>>
  call<Input, Output, Params>(
    method: Procedure<Input, Output, Params>,
    ...rest: ProcedureArguments<Input, Params>
  ): Promise<Answer<Output>>
  async call(method: Method, first?: unknown, options: AnyOptions = {}): Promise<Answer<unknown>> {
    const response = await this.#request(method, first, options)
    const { maxBytes: limit = 2 ** 27 } = this.#options
    const data = await outputOf(method, response, { limit, signal: options.signal })
    return { status: response.status, headers: response.headers, data }
  }

  /**
   * Calls a method and leaves the body of the answer to the caller, for example to read it as a stream.
   *
   * @throws CallError as {@link call} does, except for a body that does not match
   */
  request<Params, Output>(
    method: Query<Params, Output>,
    ...rest: QueryArguments<Params>
  ): Promise<Response>
  request<Input, Output, Params>(
    method: Procedure<Input, Output, Params>,
    ...rest: ProcedureArguments<Input, Params>
  ): Promise<Response>
  request(method: Method, first?: unknown, options: AnyOptions = {}): Promise<Response> {
    return this.#request(method, first, options)
  }

  async #request(method: Method, first: unknown, options: AnyOptions): Promise<Response> {
    const { signal, encoding: chosen } = options
    const headers = new Headers(this.#options.headers)
    for (const [name, value] of new Headers(options.headers)) headers.set(name, value)
    const isQuery = method.type === 'query'
    const path = `/xrpc/${method.nsid}${queryOf(isQuery ? first : options.params)}`
    const body = isQuery ? {} : bodyOf(method, first, { headers, chosen })
    const init = { method: isQuery ? 'GET' : 'POST', headers, ...(signal && { signal }), ...body }
    let response: Response
    try {
      response = await this.#send(path, init)
    } catch (cause) {
      throwUnanswered(cause, signal)
    }
    if (response.ok) return response
    const error = await errorOf(method, response)
    signal?.throwIfAborted()
    throw error
  }
}
