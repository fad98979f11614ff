import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { AuthRequiredError } from '@atproto/xrpc-server'
import type { AnyMethod } from '../server/adapter/xrpc-adapter.ts'
import { failures } from './failures.ts'
import { outputs } from './outputs.ts'
import { ownAnswers } from './own-answers.ts'
import { verifiers } from './verifiers.ts'

/**
 * The handlers of `documents`, by NSID. They answer with what `see` returns for the request, or with what `kind`
 * selects.
 */
export function handlers(
  see: (context: Context) => unknown = seeEverything,
): ReadonlyMap<string, AnyMethod> {
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
      own: (context) => ownAnswers[context.params.kind as string]?.(context) as undefined,
      ownPost: (context) => ownAnswers[context.params.kind as string]?.(context) as undefined,
      auth: { auth: authenticate, handler: see },
      verified: { auth: verify, handler: see },
      verifiedPost: { auth: verify, handler: see },
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

/** Everything that a handler can see of a request. */
async function seeEverything(context: Context) {
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
    from: [req.ip, req.ips],
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

/** The arguments of a handler, without the HTTP messages. */
export async function seeArguments({ params, input, auth }: Context): Promise<unknown> {
  const isStream = input?.body instanceof Readable
  const seen = { params, auth, input: isStream ? { streamed: await text(input.body) } : input }
  return {
    encoding: 'application/json',
    body: { seen: inspect(seen, { depth: 20, sorted: true }) },
  }
}

async function echoBytes({ input }: Context) {
  const body = input.body instanceof Readable ? await buffer(input.body) : input.body
  return { encoding: input.encoding, body }
}

/** Not async: a verifier may throw before it returns a promise. */
function verify(context: Context): Context {
  return verifiers[context.params.kind]?.(context)
}

async function authenticate({ req }: Context) {
  const { authorization } = req.headers
  if (authorization === undefined) throw new AuthRequiredError('No token', 'AuthMissing')
  if (authorization === 'returned') return { status: 401, error: 'Returned', message: 'an error' }
  if (authorization === 'broken') throw new Error('secret detail')
  return { credentials: { user: authorization }, artifacts: 1 }
}
