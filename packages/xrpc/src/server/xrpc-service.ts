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

/** Members of every generated `Server`: the underlying server of `@atproto/xrpc-server`, and registration on it. */
export class XrpcService {
  /** The underlying server; mount `xrpc.router` in an Express application, or listen with it. */
  readonly xrpc: XrpcServer
  readonly #interceptors = new Interceptors()
  readonly #routes: RouteTable
  #listener: XrpcListener | undefined

  /**
   * @param lexicons the documents to serve, with their validators
   * @param options options for a new server, or a server to add the documents to. Replaces a document that
   *   the server already has, since handlers registered here have the types of the new one.
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
   * A listener for Node's HTTP server. Answers like `xrpc.router`, but several times as fast. `app.use(listener)` in an
   * application passes on non-XRPC requests. Node does not treat upgrades as requests: for subscriptions, use `attach`.
   */
  get listener(): XrpcListener {
    this.#listener ??= this.createListener()
    return this.#listener
  }

  /** Like `listener`, with options. */
  createListener(options: ListenerOptions = {}): XrpcListener {
    return createLane(this.xrpc, this.#routes, options).listener
  }

  /** The HTTP server that `listen` starts, not yet listening. Handles subscriptions too. */
  createHttpServer(options: Omit<ListenOptions, 'port' | 'host'> = {}): HttpServer {
    return createHttpServer(this.xrpc, this.#routes, options)
  }

  /** Listens, with limits on what a client may use; includes subscriptions. */
  listen(options: ListenOptions = {}): Promise<RunningServer> {
    return listen(this.xrpc, this.#routes, options)
  }

  /**
   * Serves subscriptions on the host's HTTP or HTTPS server; `listener` serves the calls. Leaves other upgrades to
   * other listeners, or refuses them if there are none. An Express application that listens with `xrpc.router` in it
   * already serves subscriptions, without limits.
   */
  attach(http: HttpServer | HttpsServer, limits?: SubscriberLimits): AttachedSubscriptions {
    return attachSubscriptions(http, this.xrpc, limits)
  }

  /**
   * The methods for hosts that use `fetch`: a function from `Request` to `Response` that answers like `listener`. Needs
   * Node, but no socket. Does not support subscriptions; connection limits are up to the host.
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
   * Wraps methods and subscriptions in an interceptor; {@link intercept} is the typed form.
   *
   * @param nsids the methods; default all, including those registered later
   */
  addInterceptor(interceptor: AnyInterceptor, nsids?: ReadonlySet<string>): void {
    this.#interceptors.add(interceptor, nsids)
  }
}

/** A subscription whose interceptors run when it opens. */
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
