import type { RequestListener } from 'node:http'
import { createServer, type Server } from '@lexwright/generated'
import type { CallObserver, CorsOptions } from '@lexwright/xrpc'
import { isErrno } from '../errno.ts'
import { sendError } from './json.ts'

/** The program's HTTP server. It answers 503 until {@link HttpServer.serve}. */
export interface HttpServer {
  /** The port in use. */
  readonly port: number
  /** Registers methods. Their plain calls are handled before the application. */
  readonly methods: Server
  /** Passes all other requests to the application from now on. */
  serve(application: RequestListener): void
  /**
   * Stops accepting connections and waits for current requests.
   *
   * @param deadline in milliseconds; remaining connections are then closed
   * @returns the number of connections closed at the deadline
   */
  drain(deadline: number): Promise<number>
}

export interface HttpServerOptions {
  readonly port: number
  readonly address: string | undefined
  readonly observers?: readonly CallObserver[]
  /** Origins whose pages may call the methods and read the well-known paths; none by default. */
  readonly corsOrigins?: '*' | readonly string[]
}

/** The address is in use or not available. The message explains what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

const LIMITS = {
  /** Longer than the minute that common proxies use, so the proxy closes first. */
  keepAliveTimeout: 65_000,
  /** Longer than any call takes. */
  stallTimeout: 120_000,
}

/** A day, in seconds. Browsers have lower limits of their own. */
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
  /** The name of the setting for the port. */
  readonly setting: string
}

/** Explains why the server cannot listen on a port, and what to do. */
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
    return `${address} is not an address of this machine. Set PDS_LISTEN_ADDRESS to one that is, or unset it.`
  }
  return `The server cannot listen on port ${port}: ${cause.message}`
}

/** Answers while the database is opened and migrated. */
const starting: RequestListener = (_req, res) => {
  res.setHeader('Retry-After', '1')
  sendError(res, 503, 'ServiceUnavailable', 'The service is starting')
}
