import { ValidationError } from '@atproto/lexicon'
import { type CallOptions, type QueryParams, type XRPCResponse, XrpcClient } from '@atproto/xrpc'
import type { CompiledValidator } from './compiled-lexicons.ts'
import { type ToKnownErr, withKnownErrors } from './declared-error.ts'

/** A method as its caller needs it: enough to encode a request and check the answer, without documents. */
export interface MethodDescriptor {
  readonly nsid: string
  readonly type: 'query' | 'procedure'
  /** The type of each parameter, which determines its encoding. */
  readonly parameters: ParameterTypes
  readonly output?: CompiledValidator
}

/**
 * Schema types by parameter name; an array as a list with its item type. Not a tuple: the compiler would read
 * `toString: ['string']` in generated code as `string[]`.
 */
export type ParameterTypes = Readonly<Record<string, string | readonly string[]>>

/**
 * Calls one method through a client without its document, so that a bundle with one call contains only that call.
 * Otherwise the same as `client.call(nsid, …)`.
 *
 * @throws XRPCError if the server answers with an error, or the answer does not match the method's output
 */
export function callMethod(
  client: XrpcClient,
  method: MethodDescriptor,
  params: QueryParams | undefined,
  data: unknown,
  options: CallOptions | undefined,
): Promise<XRPCResponse> {
  const { fetchHandler, headers } = client
  const only = Object.assign(Object.create(XrpcClient.prototype) as XrpcClient, {
    fetchHandler,
    headers,
    lex: registryOf(method),
  })
  return only.call(method.nsid, params, data, options)
}

/** Calls one method through any client, whatever documents it has. */
export type Call<Args extends readonly [input?: unknown, opts?: unknown], Answer> = (
  client: XrpcClient,
  ...args: Args
) => Promise<Answer>

/** The {@link Call} of one method: with the parameters of a query, or the input of a procedure. */
export function callOf<Args extends readonly [input?: unknown, opts?: unknown], Answer>(
  method: MethodDescriptor,
  toKnownErr: ToKnownErr,
): Call<Args, Answer> {
  return async (client, ...[input, opts]) => {
    const options = opts as (CallOptions & { readonly qp?: QueryParams }) | undefined
    const answer =
      method.type === 'query'
        ? callMethod(client, method, input as QueryParams | undefined, undefined, options)
        : callMethod(client, method, options?.qp, input, options)
    return (await withKnownErrors(answer, toKnownErr)) as Answer
  }
}

/** The part of `Lexicons` that the client's `call` uses, for one method. */
function registryOf({ type, parameters, output, nsid }: MethodDescriptor): object {
  const properties = Object.fromEntries(
    Object.entries(parameters).map(([name, schema]) => [
      name,
      typeof schema === 'string' ? { type: schema } : { type: 'array', items: { type: schema[0] } },
    ]),
  )
  return {
    getDefOrThrow: () => ({ type, parameters: { type: 'params', properties } }),
    assertValidXrpcOutput: (_: string, body: unknown) => {
      if (output && output(body) === undefined) {
        throw new ValidationError(`Output does not fit ${nsid}`)
      }
    },
  }
}
