import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { BlobRef } from '@atproto/lexicon'
import { XRPCError as ClientError } from '@atproto/xrpc'
import {
  AuthRequiredError,
  ForbiddenError,
  InvalidRequestError,
  MethodNotImplementedError,
  UpstreamFailureError,
  XRPCError,
} from '@atproto/xrpc-server'
import { CID } from 'multiformats/cid'
import { DeclaredError } from '../../codegenv1/declared-error.ts'
import type { AnyMethod } from '../stock.ts'

const link = CID.parse('bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a')

/** The handlers of `documents`, by NSID. They answer with what they saw of the request, or with what `kind` names. */
export function handlers(): ReadonlyMap<string, AnyMethod> {
  return new Map<string, AnyMethod>(
    Object.entries({
      params: see,
      required: see,
      oddName: see,
      bare: () => undefined,
      echo: see,
      raw: see,
      list: see,
      small: { handler: see, opts: { jsonLimit: 64 } },
      image: see,
      text: ({ input }) => ({ encoding: 'text/plain', body: `You said: ${input.body}` }),
      blob: echoBytes,
      smallBlob: { handler: echoBytes, opts: { blobLimit: 64 } },
      nothing: () => {},
      out: ({ params }) => outputs[params.kind as string]?.(),
      outAny: ({ params }) => outputs[params.kind as string]?.(),
      outNone: ({ params }) => outputs[params.kind as string]?.(),
      outPost: () => outputs.json?.(),
      fail: ({ params }) => failures[params.kind as string]?.(),
      failPost: ({ params }) => failures[params.kind as string]?.(),
      auth: { auth: authenticate, handler: see },
      limited: {
        handler: () => undefined,
        rateLimit: { durationMs: 60_000, points: 3, calcKey: () => 'everyone' },
      },
      shared: {
        handler: () => undefined,
        rateLimit: [
          { name: 'shared', calcPoints: () => 2 },
          { durationMs: 300_000, points: 100 },
        ],
      },
      resetting: {
        rateLimit: { durationMs: 60_000, points: 2, calcKey: () => 'me' },
        handler: async ({ params, resetRouteRateLimits }) => {
          if (params.kind === 'reset') await resetRouteRateLimits()
        },
      },
    } satisfies Record<string, AnyMethod>).map(([name, config]) => [`io.example.${name}`, config]),
  )
}

// biome-ignore lint/suspicious/noExplicitAny: one handler for methods of all types
type Context = any

/** Everything about a request that a handler may look at. */
async function see(context: Context) {
  const { params, auth, req, res, signal } = context
  const isStream = context.input?.body instanceof Readable
  const input = isStream ? { streamed: await text(context.input.body) } : context.input
  const seen = {
    keys: Object.keys({ ...context }).sort(),
    params,
    input,
    auth,
    body: req.body,
    url: [req.url, req.originalUrl, req.baseUrl, req.path, req.method],
    query: { ...req.query },
    host: [req.hostname, req.protocol, req.secure, req.xhr],
    header: [req.get('X-Custom'), req.header('referrer'), req.headers['x-custom']],
    is: [req.is('json'), req.accepts('json', 'html')],
    linked: [req.res === res, res.req === req, typeof req.app, typeof res.locals],
    signal: [signal instanceof AbortSignal, signal.aborted],
  }
  return {
    encoding: 'application/json',
    body: { seen: inspect(seen, { depth: 20, breakLength: 200, sorted: true }) },
  }
}

async function echoBytes({ input }: Context) {
  const body = input.body instanceof Readable ? await buffer(input.body) : input.body
  return { encoding: input.encoding, body }
}

async function authenticate({ req }: Context) {
  const { authorization } = req.headers
  if (authorization === undefined) throw new AuthRequiredError('No token', 'AuthMissing')
  if (authorization === 'returned') return { status: 401, error: 'Returned', message: 'an error' }
  if (authorization === 'broken') throw new Error('secret detail')
  return { credentials: { user: authorization }, artifacts: 1 }
}

const outputs: Readonly<Record<string, () => unknown>> = {
  json: () => ({ encoding: 'application/json', body: { n: 1 } }),
  alias: () => ({ encoding: 'json', body: { n: 1 } }),
  charset: () => ({ encoding: 'application/json; charset=utf-8', body: { n: 1 } }),
  upper: () => ({ encoding: 'Application/JSON', body: { n: 1 } }),
  extra: () => ({ encoding: 'application/json', body: { n: 1, more: 'é😀', none: undefined } }),
  large: () => ({ encoding: 'application/json', body: { n: 1, text: 'é<&>'.repeat(50_000) } }),
  headers: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'X-One': '1', vary: 'x' },
  }),
  ownType: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'content-type': 'a/b' },
  }),
  ownLength: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'content-length': '3' },
  }),
  ownEtag: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { ETag: '"mine"' } }),
  badHeader: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X-Bad': 'a\nb' } }),
  nullHeader: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X-Null': null } }),
  numberHeader: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X-N': 5 } }),
  status200: () => ({ status: 200, encoding: 'application/json', body: { n: 1 } }),
  status400: () => ({ status: 400, encoding: 'application/json', body: { n: 1 } }),
  error: () => ({ status: 404, error: 'NotThere', message: 'It is not there' }),
  errorBare: () => ({ status: 429 }),
  errorOdd: () => ({ status: 799, message: 'odd' }),
  wrongBody: () => ({ encoding: 'application/json', body: { n: 'one' } }),
  noBody: () => ({ encoding: 'application/json' }),
  undefinedBody: () => ({ encoding: 'application/json', body: undefined }),
  nullBody: () => ({ encoding: 'application/json', body: null }),
  arrayBody: () => ({ encoding: 'application/json', body: [1, 'two'] }),
  stringBody: () => ({ encoding: 'application/json', body: 'text' }),
  lex: () => ({
    encoding: 'application/json',
    body: {
      n: 1,
      link,
      bytes: new Uint8Array([1, 2, 3]),
      file: new BlobRef(link, 'image/png', 5),
      nested: [{ link }, [new Uint8Array([4])]],
    },
  }),
  date: () => ({ encoding: 'application/json', body: { n: 1, at: new Date(0), nan: Number.NaN } }),
  map: () => ({ encoding: 'application/json', body: { n: 1, map: new Map([[1, 2]]), re: /x/ } }),
  holes: () => ({ encoding: 'application/json', body: { n: 1, list: [1, undefined, 2] } }),
  fn: () => ({ encoding: 'application/json', body: { n: 1, fn: () => 1 } }),
  toJson: () => ({ encoding: 'application/json', body: { n: 1, x: { toJSON: () => 'hidden' } } }),
  bigint: () => ({ encoding: 'application/json', body: { n: 1, big: 1n } }),
  proto: () => ({ encoding: 'application/json', body: JSON.parse('{"n":1,"__proto__":{"a":1}}') }),
  nullProto: () => ({
    encoding: 'application/json',
    body: Object.assign(Object.create(null), { n: 1 }),
  }),
  circular: () => {
    const body: Record<string, unknown> = { n: 1 }
    body.self = body
    return { encoding: 'application/json', body }
  },
  nothing: () => undefined,
  null: () => null,
  false: () => false,
  zero: () => 0,
  text: () => ({ encoding: 'text/plain', body: 'plain é' }),
  html: () => ({ encoding: 'text/html', body: '<p>hi</p>' }),
  binary: () => ({ encoding: 'application/octet-stream', body: Buffer.from([0, 1, 2, 255]) }),
  bytes: () => ({ encoding: 'image/png', body: new Uint8Array([9, 8, 7]) }),
  number: () => ({ encoding: 'text/plain', body: 7 }),
  object: () => ({ encoding: 'text/plain', body: { n: 1 } }),
  empty: () => ({ encoding: 'text/plain', body: '' }),
  stream: () => ({ encoding: 'text/plain', stream: Readable.from(['one ', 'two']) }),
  bodyStream: () => ({ encoding: 'application/json', body: Readable.from(['{"n":', '1}']) }),
  streamHeaders: () => ({
    encoding: 'application/vnd.x+json',
    stream: Readable.from(['{}']),
    headers: { 'X-One': '1', 'Content-Length': '2' },
  }),
  buffer: () => ({ encoding: 'application/json', buffer: Buffer.from('{"any":"thing"}') }),
  bufferHeaders: () => ({ encoding: 'a/b', buffer: Buffer.from('x'), headers: { 'X-One': '1' } }),
  brokenStream: () => ({
    encoding: 'text/plain',
    stream: new Readable({
      read() {
        this.destroy(new Error('broken'))
      },
    }),
  }),
  noEncoding: () => ({ body: { n: 1 } }),
  odd: () => ({ something: 'else' }),
  string: () => 'a string',
  late: async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return { encoding: 'application/json', body: { n: 2 } }
  },
}

class NamedError extends Error {}

const thrown: Readonly<Record<string, () => unknown>> = {
  invalid: () => new InvalidRequestError('Not like this'),
  named: () => new InvalidRequestError('Not like this', 'NotLikeThis'),
  unicode: () => new InvalidRequestError('Nicht für Ö 😀 <b>'),
  noMessage: () => new InvalidRequestError(),
  auth: () => new AuthRequiredError('Who?', 'WhoAreYou'),
  forbidden: () => new ForbiddenError('No'),
  notImplemented: () => new MethodNotImplementedError('Later'),
  upstream: () => new UpstreamFailureError('They failed'),
  status418: () => new XRPCError(418 as number, 'Tea', 'Teapot'),
  status500: () => new XRPCError(500, 'secret', 'OwnName'),
  status599: () => new XRPCError(599 as number, 'odd'),
  status200: () => new XRPCError(200, 'not an error?'),
  statusFraction: () => new XRPCError(400.5 as number, 'odd'),
  declared: () => new DeclaredError('Declared', 'as declared'),
  declared503: () =>
    new DeclaredError('Busy', 'later', { status: 503, headers: { 'retry-after': '1' } }),
  client: () => new ClientError(404, 'NotFound', 'upstream said'),
  clientUnknown: () => new ClientError(1, 'x', 'network'),
  clientInvalid: () => new ClientError(2, 'x', 'shape'),
  plain: () => new Error('secret detail'),
  type: () => new TypeError('secret detail'),
  class: () => new NamedError('secret detail'),
  http: () => Object.assign(new Error('conflict'), { status: 409, statusCode: 409, expose: true }),
  object: () => ({ status: 404, error: 'NotFound', message: 'thrown as an object' }),
  objectOdd: () => ({ status: 200, error: 'x' }),
  string: () => 'a string',
  number: () => 42,
  null: () => null,
  undefined: () => undefined,
  zero: () => 0,
  emptyString: () => '',
  frozen: () => Object.freeze(new Error('frozen')),
}

const failures: Readonly<Record<string, () => unknown>> = Object.fromEntries(
  Object.entries(thrown).flatMap(([name, make]) => [
    [
      name,
      () => {
        throw make()
      },
    ],
    [
      `${name}Later`,
      async () => {
        await null
        throw make()
      },
    ],
  ]),
)

/** The values of `kind` for `io.example.out…` and `io.example.fail…`. */
export const outputKinds: readonly string[] = Object.keys(outputs)
export const failureKinds: readonly string[] = Object.keys(failures)
