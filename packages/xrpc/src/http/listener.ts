import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { extractUrlNsid, type Server as XrpcServer } from '@atproto/xrpc-server'
import { type CallObserver, observeAll, UNKNOWN_METHOD } from '../observe/observer.ts'
import { tracing } from '../observe/tracing.ts'
import { errorResponder, finalResponder } from '../server/adapter/error-response.ts'
import {
  type ExpressMessages,
  expressMessages,
  type RequestLogger,
} from '../server/adapter/express-messages.ts'
import type { Request, Response } from '../server/adapter/xrpc-adapter.ts'
import { deadlineError } from '../server/cancellation.ts'
import { Exchange, type StartStallTimer } from '../server/exchange.ts'
import { log } from '../server/log.ts'
import type { PreparedRoute } from '../server/prepared-route.ts'
import type { RouteTable } from '../server/route-table.ts'
import { callRunner } from '../server/run-call.ts'
import { type CorsOptions, corsMiddleware, headersByOrigin, writeHeadWith } from './cors.ts'
import { type Middleware, middlewareRunner, type Next } from './middleware.ts'
import { PipeliningLimit } from './pipelining-limit.ts'

/** A listener for Node's HTTP server that also works as Express middleware. */
export type XrpcListener = (req: IncomingMessage, res: ServerResponse, next?: Next) => void

export interface ListenerOptions {
  /**
   * Lets other origins call: `true` allows any origin, without credentials. Covers `/xrpc/` and `/.well-known/`.
   * Default: no other origin.
   */
  readonly cors?: boolean | CorsOptions
  /**
   * Middleware to run in order before everything served, the fallback included; observers see only the calls it lets
   * through.
   */
  readonly middleware?: readonly Middleware[]
  /** Serves everything else; default the stock server. An application that mounts the listener can replace it. */
  readonly fallback?: RequestListener
  /**
   * Milliseconds until an answer must begin; then the call is answered 504 and `signal` is aborted, for
   * procedures too. Default unlimited.
   */
  readonly deadline?: number
  /**
   * True to send an `ETag` with JSON answers, as Express does, for conditional requests (304). Costs a hash of each
   * answer; default false.
   */
  readonly etag?: boolean
  /** Requests of one connection that may wait for an answer before it is closed; default 100. */
  readonly maxPipelined?: number
  /** Observers of every call, outermost first, such as that of `@lexwright/xrpc/metrics`. */
  readonly observers?: readonly CallObserver[]
  /** Logs one line per failed call or observer; default the stock server's logger. */
  readonly logger?: RequestLogger
}

export interface LaneOptions extends ListenerOptions {
  /** Called for answers of the fallback too. */
  readonly startStallTimer?: StartStallTimer
}

/** A listener for Node's HTTP server, with the message classes it need not convert. */
export interface Lane extends Pick<ExpressMessages, 'IncomingMessage' | 'ServerResponse'> {
  readonly listener: XrpcListener
}

/**
 * The fast lane. Serves the calls it fully understands (the exact path and verb of a prepared route, a plain query
 * string, no conditional header) and passes all others, untouched, to the stock server: the Express router of
 * `@atproto/xrpc-server`.
 */
export function createLane(xrpc: XrpcServer, routes: RouteTable, options: LaneOptions = {}): Lane {
  const { deadline, logger, startStallTimer = () => {} } = options
  const fallback: XrpcListener = options.fallback ?? stockListener(xrpc)
  const cors = corsOf(options)
  const { middleware = [] } = options
  // Adding headers when an answer is written is much cheaper than a step before each call.
  const headersFor = cors && middleware.length === 0 ? headersByOrigin(cors) : undefined
  const { shape, unshape, ...classes } = expressMessages(xrpc.router, {
    logger,
    writeHead: headersFor && writeHeadWith(headersFor),
  })
  const pipelining = new PipeliningLimit(options.maxPipelined)
  const fail = errorResponder(xrpc)
  const run = callRunner({ fail, deadline })
  const tracer = tracing()
  const exchangeSettings = { startStallTimer, logger: logger ?? log, etag: options.etag ?? false }
  const observe = observeAll(
    [...(tracer ? [tracer] : []), ...(options.observers ?? [])],
    exchangeSettings.logger,
  )
  const allowOrigins = cors && corsMiddleware(cors)
  const runMiddleware = middlewareRunner(allowOrigins ? [allowOrigins, ...middleware] : middleware)

  const exchangeOf = (nsid: string, req: IncomingMessage, res: ServerResponse): Exchange => {
    const shaped = shape(req, res)
    return new Exchange(nsid, shaped.req, shaped.res, exchangeSettings)
  }

  const handOver: XrpcListener = (req, res, next) => {
    if (logger && !('log' in req && req.log)) Object.assign(req, { log: logger })
    if (deadline !== undefined) {
      const timer = setTimeout(() => {
        if (res.headersSent) return
        // Late effects of this call would corrupt the next one on its connection.
        res.shouldKeepAlive = false
        const shaped = shape(req, res)
        fail(deadlineError(), shaped.req, shaped.res)
      }, deadline)
      res.once('close', () => clearTimeout(timer))
    }
    unshape(req, res)
    startStallTimer(req.socket)
    const proceed = (): void => fallback(req, res, next)
    // Responses that are not converted write their head as Node does.
    if (headersFor) allowOrigins?.(req as Request, res as Response, proceed)
    else proceed()
  }

  const serve: XrpcListener = (req, res, next) => {
    const route = routes.find(pathOf(req))
    const decoded = route && isPlain(req, route) && route.readParams(searchOf(req))
    if (decoded) {
      const call = { route, decoded, exchange: exchangeOf(route.nsid, req, res) }
      if (observe) observe(call.exchange, () => run(call))
      else run(call)
    } else if (observe) {
      const nsid = routes.nsidOf(pathOf(req)) ?? knownMethod(xrpc, req) ?? UNKNOWN_METHOD
      observe(exchangeOf(nsid, req, res), () => handOver(req, res, next))
    } else {
      handOver(req, res, next)
    }
  }

  const serveAfterMiddleware: XrpcListener | undefined =
    runMiddleware &&
    ((req, res, next) => {
      const shaped = shape(req, res)
      runMiddleware(shaped.req, shaped.res, {
        proceed: () => serve(req, res, next),
        fail: (error) => fail(error, shaped.req, shaped.res),
      })
    })
  const begin: XrpcListener = (req, res, next) => {
    const isPlainServed = !serveAfterMiddleware || (headersFor && req.method !== 'OPTIONS')
    if (isPlainServed) serve(req, res, next)
    else serveAfterMiddleware(req, res, next)
  }

  return {
    ...classes,
    listener: (req, res, next) => {
      if (next && isElsewhere(req)) return next()
      if (pipelining.refuses(req, res)) return
      begin(req, res, next && withMessagesAsTheyAre(req, res, next))
    },
  }
}

function corsOf({ cors }: ListenerOptions): CorsOptions | undefined {
  return cors === true ? {} : cors || undefined
}

/** True if a request is outside `/xrpc`: an application that mounts the listener has other routes. */
function isElsewhere({ url = '' }: IncomingMessage): boolean {
  // A URL in absolute form (RFC 9112, section 3.2.2) does not begin with a slash; Express removes the host.
  return url.startsWith('/') && !/^\/xrpc(?:[/?#]|$)/i.test(url)
}

/** Gives the mounting application the original kinds of messages back. */
function withMessagesAsTheyAre(req: IncomingMessage, res: ServerResponse, next: Next): Next {
  const ofRequest: object = Object.getPrototypeOf(req)
  const ofResponse: object = Object.getPrototypeOf(res)
  return (error) => {
    Object.setPrototypeOf(req, ofRequest)
    Object.setPrototypeOf(res, ofResponse)
    next(error)
  }
}

function stockListener({ router }: XrpcServer): XrpcListener {
  const serve = router as unknown as StockListener
  return (req, res, next) => serve(req, res, next ?? finalResponder(req, res))
}

/** An Express application as a function. It converts messages itself. */
type StockListener = (req: IncomingMessage, res: ServerResponse, end: Next) => void

/** True if the headers of a request let the lane serve it. */
function isPlain({ method, headers }: IncomingMessage, { verb }: PreparedRoute): boolean {
  return (
    method === verb &&
    // Conditional requests are left to Express.
    headers['if-none-match'] === undefined &&
    headers['if-modified-since'] === undefined
  )
}

/** The method of a request, if the documents have it but it is not registered here. */
function knownMethod({ lex }: XrpcServer, { url = '' }: IncomingMessage): string | undefined {
  const nsid = extractUrlNsid(url)
  return nsid !== undefined && lex.getDef(nsid) ? nsid : undefined
}

function pathOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}

/** The query string: everything after the path and a question mark. */
function searchOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}
