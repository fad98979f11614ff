import { IncomingMessage, ServerResponse } from 'node:http'
import { middlewareOf, prototypesOf } from './express-internals.ts'
import type { Application, Request, Response } from './xrpc-adapter.ts'

/** Classes of requests and responses with the properties that Express adds. */
export interface ExpressMessages {
  readonly IncomingMessage: typeof IncomingMessage
  readonly ServerResponse: typeof ServerResponse
  /** Converts messages of other classes; does nothing for those above. */
  shape(
    req: IncomingMessage,
    res: ServerResponse,
  ): { readonly req: Request; readonly res: Response }
  /** Reverts `shape`: Express expects messages as Node makes them. */
  unshape(req: IncomingMessage, res: ServerResponse): void
}

/** A logger for one request, as `pino-http` attaches it; the stock server uses it if present. */
export interface RequestLogger {
  error(details: object, message: string): void
}

export interface MessageOptions {
  readonly logger?: RequestLogger | undefined
  /** Replaces Node's own in converted responses. */
  readonly writeHead?: ServerResponse['writeHead'] | undefined
}

type QueryMiddleware = (req: { query?: unknown }, res: undefined, next: () => void) => void

/**
 * Express puts the middleware that sets `query` first. Its name is unreliable, since bundlers
 * change it.
 */
function setsQuery(middleware: QueryMiddleware): boolean {
  const probe: { url: string; query?: unknown } = { url: '/' }
  middleware(probe, undefined, () => {})
  return probe.query !== undefined
}

/**
 * Express changes the prototype of each request. Here the prototypes are made once per application, and the
 * properties that Express computes for each request (`query`, `originalUrl`, …) are computed on first use.
 */
export function expressMessages(
  app: Application,
  { logger, writeHead }: MessageOptions = {},
): ExpressMessages {
  class LaneRequest extends IncomingMessage {}
  class LaneResponse extends ServerResponse {}
  const { request, response } = prototypesOf(app)
  Object.setPrototypeOf(LaneRequest.prototype, request)
  Object.setPrototypeOf(LaneResponse.prototype, response)
  if (writeHead) Object.assign(LaneResponse.prototype, { writeHead })

  // The application's query parser is fixed when the application is made.
  const readQuery = middlewareOf<QueryMiddleware>(app, setsQuery)
  const parseQuery = (url: string | undefined): unknown => {
    const probe: { url: string | undefined; query?: unknown } = { url }
    readQuery(probe, undefined, () => {})
    return probe.query
  }
  defineLazily(LaneRequest.prototype, {
    originalUrl: (req) => req.url,
    baseUrl: () => '',
    params: () => ({}),
    query: ({ url }) => parseQuery(url),
    ...(logger && { log: () => logger }),
  })
  defineLazily(LaneResponse.prototype, { locals: () => Object.create(null) })

  return {
    IncomingMessage: LaneRequest,
    ServerResponse: LaneResponse as typeof ServerResponse,
    shape(req, res) {
      if (!(req instanceof LaneRequest)) {
        Object.setPrototypeOf(req, LaneRequest.prototype)
        Object.setPrototypeOf(res, LaneResponse.prototype)
      }
      const shaped = { req: req as unknown as Request, res: res as Response }
      shaped.req.res = shaped.res
      return shaped
    },
    unshape(req, res) {
      if (req instanceof LaneRequest) {
        Object.setPrototypeOf(req, IncomingMessage.prototype)
        Object.setPrototypeOf(res, ServerResponse.prototype)
      }
    },
  }
}

/** Defines properties that get their own value on first read or write. */
function defineLazily<T extends object>(
  prototype: T,
  properties: Record<string, (self: T) => unknown>,
): void {
  for (const [name, compute] of Object.entries(properties)) {
    const own = (self: T, value: unknown): void => {
      Object.defineProperty(self, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      get(this: T) {
        const value = compute(this)
        own(this, value)
        return value
      },
      set(this: T, value: unknown) {
        own(this, value)
      },
    })
  }
}
