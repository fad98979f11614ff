import type { RequestListener } from 'node:http'
import { createServer, type Server } from '@lexwright/generated'
import type { CallObserver, CorsOptions } from '@lexwright/xrpc'
import { isErrno } from '../errno.ts'
import { sendError } from './json.ts'

/** The program's HTTP server. It answers 503 until it is told what to serve. */
export interface HttpServer {
  /** The port that was taken. */
  readonly port: number
  /** Where methods are registered. Their plain calls are served before the application is asked. */
  readonly methods: Server
  /** Hands all other requests to the application from now on. */
  serve(application: RequestListener): void
  /**
   * Takes no more connections and waits for the requests under way.
   *
   * @param deadline in milliseconds; what is left then is cut off
   * @returns how many connections were cut off
   */
  drain(deadline: number): Promise<number>
}

export interface HttpServerOptions {
  readonly port: number
  readonly address: string | undefined
  readonly observers?: readonly CallObserver[]
  /** Whose pages may call the methods and read the well-known paths; no page when not given. */
  readonly corsOrigins?: '*' | readonly string[]
}

/** The address is taken, or not ours. The message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

const LIMITS = {
  /** Longer than the minute for which the usual proxies keep theirs, so that the proxy closes first. */
  keepAliveTimeout: 65_000,
  /** Longer than any call takes. */
  stallTimeout: 120_000,
}

/** A day, in seconds. Browsers have limits of their own below it. */
const PREFLIGHT_MAX_AGE = 86_400

/**
 * Starts to listen.
 *
 * @throws {ListenError}
 */
export async function openHttpServer({
  port,
  address,
  observers = [],
  corsOrigins = [],
}: HttpServerOptions): Promise<HttpServer> {
  const methods = createServer()
  let application: RequestListener = starting
  const running = await methods
    .listen({
      port,
      ...(address !== undefined && { host: address }),
      observers,
      cors: corsFor(corsOrigins),
      limits: LIMITS,
      fallback: (req, res) => application(req, res),
    })
    .catch((cause: Error) => {
      const message = explainListenError(cause, { port, address, setting: 'PDS_PORT' })
      throw new ListenError(message, { cause })
    })
  return {
    port: running.port,
    methods,
    serve: (next) => {
      application = next
    },
    drain: running.close,
  }
}

/** Without credentials: tokens are sent in a header, and there are no cookies. */
function corsFor(origins: '*' | readonly string[]): CorsOptions | false {
  if (origins.length === 0) return false
  return { maxAge: PREFLIGHT_MAX_AGE, ...(origins !== '*' && { origin: [...origins] }) }
}

export interface ListenAttempt {
  readonly port: number
  readonly address: string | undefined
  /** The name of the setting that the port comes from. */
  readonly setting: string
}

/** Says why a port cannot be listened on, and what to do. */
export function explainListenError(
  cause: Error,
  { port, address, setting }: ListenAttempt,
): string {
  if (isErrno(cause, 'EADDRINUSE')) {
    return `Port ${port} is in use by another program. Stop it, or choose another port: ${setting}=${port + 1}`
  }
  if (isErrno(cause, 'EACCES')) {
    return `Port ${port} may not be used by this user. Choose one above 1023 with ${setting}.`
  }
  if (isErrno(cause, 'EADDRNOTAVAIL')) {
    return `${address} is no address of this machine. Set PDS_LISTEN_ADDRESS to one that is, or leave it out.`
  }
  return `Port ${port} cannot be listened on: ${cause.message}`
}

/** While the database is opened and migrated. */
const starting: RequestListener = (_req, res) => {
  res.setHeader('Retry-After', '1')
  sendError(res, 503, 'ServiceUnavailable', 'The service is starting')
}
