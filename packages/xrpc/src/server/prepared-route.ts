import type { ServerResponse } from 'node:http'
import type { Lexicons, LexXrpcProcedure, LexXrpcQuery } from '@atproto/lexicon'
import {
  InvalidRequestError,
  type MethodAuthContext,
  type Params,
  type Server as XrpcServer,
} from '@atproto/xrpc-server'
import type { AnyMethod, CallSteps } from './adapter/xrpc-adapter.ts'
import { isSettled } from './awaitable.ts'
import { type InputReader, inputReader } from './body/read-input.ts'
import { isPlainSuccess, type OutputCheck } from './body/write-output.ts'
import type { Intercepted } from './interceptors.ts'
import { setCacheControl } from './method-config.ts'
import { type ParamsReader, paramsReader } from './read-params.ts'
import { withoutError } from './verified.ts'

/** A method with everything that can be determined before its first call. */
export interface PreparedRoute extends Pick<CallSteps, 'limiter'> {
  readonly nsid: string
  readonly path: string
  readonly verb: 'GET' | 'POST'
  /** Sets the headers that every answer has, or null. */
  readonly begin: ((res: ServerResponse) => void) | null
  readonly authenticate: Verifier | null
  readonly handler: Intercepted<CallSteps['handle']>
  readonly readParams: ParamsReader
  readonly readInput: InputReader
  /** @throws InvalidRequestError */
  readonly verifyParams: (decoded: Params) => Params | undefined
  readonly checkOutput: OutputCheck | null
}

export function pathOfMethod(nsid: string): string {
  return `/xrpc/${nsid}`
}

/** The library's default limit for JSON bodies, in bytes. */
const DEFAULT_JSON_LIMIT = 102_400

export interface PreparedMethod {
  readonly config: AnyMethod
  readonly handler: Intercepted<CallSteps['handle']>
  readonly steps: CallSteps
}

/** @returns undefined unless it is a query or procedure */
export function prepareRoute(
  { lex: lexicons, options }: XrpcServer,
  nsid: string,
  { config, handler, steps }: PreparedMethod,
): PreparedRoute | undefined {
  const definition = lexicons.getDef(nsid)
  if (definition?.type !== 'query' && definition?.type !== 'procedure') return undefined
  const { opts } = typeof config === 'function' ? {} : config
  const jsonLimit = opts?.jsonLimit ?? options.payload?.jsonLimit ?? DEFAULT_JSON_LIMIT
  return {
    nsid,
    path: pathOfMethod(nsid),
    verb: definition.type === 'query' ? 'GET' : 'POST',
    begin: 'cacheControl' in config ? (res) => setCacheControl(res, config) : null,
    authenticate: authenticator(config, steps.authenticate),
    limiter: steps.limiter,
    handler,
    readParams: paramsReader(definition.parameters),
    verifyParams: definition.parameters ? paramsCheck(nsid, lexicons) : () => undefined,
    readInput: inputReader({ nsid, definition, lexicons, jsonLimit, stock: steps.readInput }),
    checkOutput: outputCheck(nsid, definition, lexicons, steps.verifyOutput),
  }
}

/** The method's verifier; its result is the call's `auth`. */
type Verifier = (context: MethodAuthContext) => unknown

function authenticator(config: AnyMethod, stock: CallSteps['authenticate']): Verifier | null {
  const auth: Verifier | undefined = typeof config === 'function' ? undefined : config.auth
  if (!auth || !stock) return stock
  return (context) => {
    const result = auth(context)
    return isSettled(result)
      ? withoutError(result)
      : Promise.resolve(result).then(withoutError<unknown>)
  }
}

function paramsCheck(nsid: string, lexicons: Lexicons): (decoded: Params) => Params {
  return (decoded) => {
    try {
      return lexicons.assertValidXrpcParams(nsid, decoded) as Params
    } catch (cause) {
      throw new InvalidRequestError(String(cause), undefined, { cause })
    }
  }
}

/** Validates plain JSON at once; the stock server judges everything else, and words every refusal. */
function outputCheck(
  nsid: string,
  { output: declared }: LexXrpcProcedure | LexXrpcQuery,
  lexicons: Lexicons,
  stock: CallSteps['verifyOutput'],
): OutputCheck | null {
  if (!stock || !declared) return stock
  const encodings = declared.encoding.split(',').map((encoding) => encoding.trim())
  if (!encodings.includes('application/json')) return stock
  return (output) => {
    if (!isPlainSuccess(output)) return stock(output)
    try {
      lexicons.assertValidXrpcOutput(nsid, output.body)
    } catch {
      stock(output)
    }
  }
}
