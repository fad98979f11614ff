import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { IdentifiedRequest } from '@lexwright/account'
import type { CallObserver } from '@lexwright/xrpc'
import type { Logger } from '../logging/logger.ts'

/** Asked every few seconds by machines; of interest only when something is wrong. */
const ROUTINE = new Set(['/livez', '/readyz', '/metrics', '/xrpc/_health'])
const MAX_PATH = 200

/**
 * One line per request: what was asked for, by which account, how it ended and how long it took. The DID is all that it
 * says of a person: no client address, and never a header, a body or a query, which may hold tokens, passwords and addresses.
 *
 * The XRPC server finds its logger on the request. The one it gets keeps the facts of its errors and drops their text, which
 * can quote what the client sent (a broken JSON body, for one).
 */
export function requestLog(logger: Logger): CallObserver {
  return ({ req, res }, next) => {
    const started = performance.now()
    const log = logger.child({ request: randomUUID() })
    Object.assign(req, { log: errorsOnly(log) })
    const { method } = req
    const path = pathOf(req).slice(0, MAX_PATH)

    res.once('close', () => {
      const { statusCode, writableFinished } = res
      log[levelOf(statusCode, path)](
        {
          method,
          path,
          status: statusCode,
          ms: Math.round(performance.now() - started),
          did: (req as IdentifiedRequest).accountDid,
          ...(writableFinished ? {} : { aborted: true }),
        },
        'request',
      )
    })
    next()
  }
}

/** The path of a request as it was sent. */
function pathOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}

/** A method that does not exist (501) is the caller's affair, an overload (503) passes, the rest above 499 is ours. */
function levelOf(status: number, path: string): 'debug' | 'info' | 'warn' | 'error' {
  if (status === 503) return 'warn'
  if (status >= 500 && status !== 501) return 'error'
  return ROUTINE.has(path) ? 'debug' : 'info'
}

/** The result of a failed call, as `@atproto/xrpc-server` gives it. */
interface XrpcFailure {
  readonly err?: unknown
  readonly nsid?: string
  readonly status?: number
  readonly payload?: { readonly error?: string }
}

function errorsOnly(log: Logger): { error(failure: XrpcFailure): void } {
  return {
    error: ({ err, nsid, status = 500, payload }) => {
      const facts = { nsid, status, error: payload?.error }
      // An answer such as 503 is meant; a 500 is a fault, and only faults need their trace. The account module's are in the
      // log already.
      if (status === 500 && !isLoggedFault(err)) log.error({ ...facts, err }, 'a call failed')
      else log.debug(facts, 'a call was refused')
    },
  }
}

/** True for a fault that the account module has put into the log. */
export function isLoggedFault(error: unknown): boolean {
  return error instanceof Error && error.name === 'LoggedFault'
}
