import type { IncomingMessage, ServerResponse } from 'node:http'
import { XRPCError } from '@atproto/xrpc-server'
import type { Logger } from '@lexwright/account'
import { isDatabaseUnavailable } from '@lexwright/account/extension'
import type { ArrivalMethods } from './arrival-methods.ts'
import { createForwarder } from './forward.ts'
import { hasPassed } from './headers.ts'
import { isProxied, type MethodCall, methodCallOf } from './methods.ts'
import { ProxyRefusal, sendRefusal } from './refusal.ts'
import { type RouteOptions, routeOf } from './route.ts'

export interface ProxyOptions extends RouteOptions {
  /** Public URL of the entryway. */
  readonly publicUrl: string
  /** Answers calls of accounts that are moving in. */
  readonly arrivalMethods: ArrivalMethods
  /**
   * The client address of a call; by default Express's `req.ip`, or without Express the socket's
   * address.
   */
  readonly clientAddress?: (req: IncomingMessage) => string | undefined
  /** Timeout for connecting to a host, in milliseconds; 10 s by default. */
  readonly connectTimeout?: number
  /**
   * How long a host may neither send nor accept data during a call, in milliseconds; 2 minutes by
   * default.
   */
  readonly idleTimeout?: number
  readonly logger: Logger
}

export interface EntrywayProxy {
  /**
   * Forwards calls of methods that the PDS of an account serves, and calls `next` for all others. For Express, for the option
   * `middleware` of a generated server, and for Node's own HTTP server. Must precede middleware that reads bodies.
   */
  readonly middleware: (
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ) => void
  /** Closes idle connections to hosts. */
  close(): void
}

const VERBS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'POST'])

/**
 * Forwards calls that do not concern accounts to a PDS: that of the calling account, or of the one
 * in the parameters.
 */
export function createProxy(options: ProxyOptions): EntrywayProxy {
  const { hosts, logger, arrivalMethods, clientAddress = addressOf } = options
  const pseudonym = new URL(options.publicUrl).host
  const { connectTimeout = 10_000, idleTimeout = 120_000 } = options
  const forwarder = createForwarder({ pseudonym, connectTimeout, idleTimeout })

  const serve = async (
    req: IncomingMessage,
    res: ServerResponse,
    call: MethodCall,
  ): Promise<void> => {
    if (hasPassed(req, pseudonym)) {
      throw new ProxyRefusal(
        508,
        'LoopDetected',
        'The call has passed through this entryway before',
      )
    }
    const { host, did, token } = await routeOf(req, call, options)
    if (host.isExpected) return await arrivalMethods.answer(req, res, call)
    try {
      await forwarder.forward({
        req,
        res,
        host,
        path: `/xrpc/${call.nsid}${call.search}`,
        address: clientAddress(req),
        isAuthorized: token !== undefined,
      })
    } catch (error) {
      // The host lacks the account or is down: the cached host may be outdated.
      hosts.forget(did)
      throw error
    }
  }

  return {
    middleware: (req, res, next) => {
      const call = VERBS.has(req.method) ? methodCallOf(req.url ?? '') : undefined
      if (call === undefined || !isProxied(call.nsid)) {
        next()
        return
      }
      serve(req, res, call).catch((error: unknown) => {
        const refusal = refusalOf(error)
        if (refusal.status >= 500)
          logger.warn({ err: error, method: call.nsid }, 'a call could not be forwarded')
        if (!res.destroyed) sendRefusal(res, refusal)
      })
    },
    close: () => forwarder.close(),
  }
}

function refusalOf(error: unknown): ProxyRefusal {
  if (error instanceof ProxyRefusal) return error
  if (error instanceof XRPCError) {
    const { error: code = 'InvalidRequest', message = '' } = error.payload
    return new ProxyRefusal(error.statusCode, code, message, { cause: error })
  }
  return isDatabaseUnavailable(error)
    ? new ProxyRefusal(503, 'TemporarilyUnavailable', 'Temporarily unavailable; try again later')
    : new ProxyRefusal(500, 'InternalServerError', 'Internal Server Error')
}

function addressOf(req: IncomingMessage & { readonly ip?: string }): string | undefined {
  return req.ip ?? req.socket.remoteAddress
}
