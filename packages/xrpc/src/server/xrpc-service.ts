import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { createServer, type Options, type Server as XrpcServer } from '@atproto/xrpc-server'
import type { CompiledLexicons } from '../codegenv1/compiled-lexicons.ts'
import { type FetchHandler, fetchHandler } from '../http/fetch.ts'
import { createHttpServer, type ListenOptions, listen, type RunningServer } from '../http/listen.ts'
import { createLane, type ListenerOptions, type XrpcListener } from '../http/listener.ts'
import {
  type AttachedSubscriptions,
  attachSubscriptions,
  type SubscriberLimits,
} from '../http/subscribers.ts'
import type { AnyMethod } from './adapter/xrpc-adapter.ts'
import { type AnyStream, checkMessages } from './checked-messages.ts'
import { type AnyInterceptor, type Intercepted, Interceptors } from './interceptors.ts'
import { RouteTable } from './route-table.ts'

type AnyStreamHandler = Extract<AnyStream, (...context: never[]) => unknown>

/** Members of every generated `Server`: the server of `@atproto/xrpc-server` underneath, and registration on it. */
export class XrpcService {
  /** The server underneath; mount `xrpc.router` in an Express application, or listen with it. */
  readonly xrpc: XrpcServer
  readonly #interceptors = new Interceptors()
  readonly #routes: RouteTable
  #listener: XrpcListener | undefined

  /**
   * @param lexicons the documents to serve, with their validators
   * @param options options for a server of its own, or a server to add the documents to. A document the given
   *   server already has is replaced: handlers registered here are typed by the one given here.
   */
  constructor(lexicons: CompiledLexicons, options?: Options | XrpcServer) {
    if (options !== undefined && isServer(options)) {
      this.xrpc = options
      for (const document of lexicons) {
        if (options.lex.get(document.id)) options.lex.remove(document.id)
        options.addLexicon(structuredClone(document))
      }
    } else {
      this.xrpc = createServer(undefined, options)
      this.xrpc.lex = lexicons.clone()
    }
    this.#routes = new RouteTable(this.xrpc, this.#interceptors)
  }

  /**
   * A listener for Node's HTTP server. It answers as `xrpc.router` does, several times as fast. `app.use(listener)` in an
   * application passes on what is not XRPC. Upgrades are not requests to Node: for subscriptions, use `attach`.
   */
  get listener(): XrpcListener {
    this.#listener ??= this.createListener()
    return this.#listener
  }

  /** A listener like `listener`, with options. */
  createListener(options: ListenerOptions = {}): XrpcListener {
    return createLane(this.xrpc, this.#routes, options).listener
  }

  /** The HTTP server that `listen` starts, for those who start it themselves. It takes subscriptions too. */
  createHttpServer(options: Omit<ListenOptions, 'port' | 'host'> = {}): HttpServer {
    return createHttpServer(this.xrpc, this.#routes, options)
  }

  /** Listens, with limits on what a client may cost; subscriptions included. */
  listen(options: ListenOptions = {}): Promise<RunningServer> {
    return listen(this.xrpc, this.#routes, options)
  }

  /**
   * Serves subscriptions on an HTTP or HTTPS server of the host, beside what else it serves; `listener` serves the calls.
   * Upgrades that ask for no subscription are left to other listeners, and refused where there is none. An Express
   * application that listens with `xrpc.router` in it serves subscriptions already, without limits.
   */
  attach(http: HttpServer | HttpsServer, limits?: SubscriberLimits): AttachedSubscriptions {
    return attachSubscriptions(http, this.xrpc, limits)
  }

  /**
   * The methods for hosts that speak `fetch`: a function from `Request` to `Response` that answers as `listener` does.
   * Needs Node, and no socket. Subscriptions are out of its reach; limits on what a connection may cost are the host's.
   */
  createFetchHandler(options: ListenerOptions = {}): FetchHandler {
    return fetchHandler(this.createHttpServer(options))
  }

  method(nsid: string, config: AnyMethod): void {
    this.#routes.add(nsid, config)
  }

  streamMethod(nsid: string, config: AnyStream): void {
    const settings = typeof config === 'function' ? { handler: config } : config
    const handler = openedStream(this.#interceptors.around(nsid, settings.handler))
    this.xrpc.streamMethod(nsid, checkMessages(this.xrpc, nsid, { ...settings, handler }))
  }

  /**
   * Puts an interceptor around methods and subscriptions; {@link intercept} is the typed way to it.
   *
   * @param nsids the methods; all of them when not given, those registered later included
   */
  addInterceptor(interceptor: AnyInterceptor, nsids?: ReadonlySet<string>): void {
    this.#interceptors.add(interceptor, nsids)
  }
}

/** A subscription whose interceptors run when it is opened. */
function openedStream(stream: Intercepted<AnyStreamHandler>): AnyStreamHandler {
  const open: AnyStreamHandler = async function* (context) {
    yield* await stream.handle(context)
  }
  return (context) => (stream.hasInterceptors ? open(context) : stream.handle(context))
}

function isServer(value: Options | XrpcServer): value is XrpcServer {
  // Not `instanceof`: a host may have another copy of the package.
  return 'router' in value && 'lex' in value
}
