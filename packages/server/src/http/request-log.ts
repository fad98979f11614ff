import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { IdentifiedRequest } from '@lexwright/account'
import type { CallObserver } from '@lexwright/xrpc'
import type { Logger } from '../logging/logger.ts'

/** Polled by machines; logged only on failure. */
const ROUTINE = new Set(['/livez', '/readyz', '/metrics', '/xrpc/_health'])
const MAX_PATH = 200

/**
 * Logs one line per request: path, account, outcome and duration. The DID is the only personal
 * data: never a client address, header, body or query, which may contain tokens, passwords and
 * addresses.
 *
 * The XRPC server takes its logger from the request. The one set here keeps the facts of errors and
 * drops their messages, which can quote input (such as a broken JSON body).
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

/** The path of a request as sent. */
function pathOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}

/** 501 (unknown method) is the client's error, 503 a warning, any other 5xx an error. */
function levelOf(status: number, path: string): 'debug' | 'info' | 'warn' | 'error' {
  if (status === 503) return 'warn'
  if (status >= 500 && status !== 501) return 'error'
  return ROUTINE.has(path) ? 'debug' : 'info'
}

/** The result of a failed call in `@atproto/xrpc-server`. */
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
      // Answers such as 503 are intended; only a 500 is a fault and needs a stack trace. Faults of
      // the account module are already logged.
      if (status === 500 && !isLoggedFault(err)) log.error({ ...facts, err }, 'a call failed')
      else log.debug(facts, 'a call was refused')
    },
  }
}

/** True for a fault that the account module has logged. */
export function isLoggedFault(error: unknown): boolean {
  return error instanceof Error && error.name === 'LoggedFault'
}
