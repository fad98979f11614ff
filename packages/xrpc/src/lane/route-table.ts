import type { Server as XrpcServer } from '@atproto/xrpc-server'
import { type PreparedRoute, pathOfMethod, prepareRoute } from './prepared-route.ts'
import { type AnyMethod, registerOnStock } from './stock.ts'

/** A layer of an Express router, as far as it tells which requests it takes. */
interface Layer {
  readonly regexp: RegExp
  readonly route?: { readonly methods: Readonly<Record<string, boolean | undefined>> }
}

/** The prepared routes of a server, by their path. */
export class RouteTable {
  readonly #xrpc: XrpcServer
  readonly #routes = new Map<string, PreparedRoute>()

  constructor(xrpc: XrpcServer) {
    this.#xrpc = xrpc
  }

  /**
   * Registers a method on the stock server, and prepares it unless something registered there before takes its
   * calls: the first handler for a path wins, and middleware may want to see them.
   */
  add(nsid: string, config: AnyMethod): void {
    const path = pathOfMethod(nsid)
    const earlier = this.#layers()
    const steps = registerOnStock(this.#xrpc, nsid, config)
    if (!steps) return
    const route = prepareRoute(this.#xrpc, nsid, config, steps)
    if (route && !earlier.some((layer) => takes(layer, path, route.verb))) {
      this.#routes.set(path, route)
    }
  }

  /** The route for exactly this path. */
  find(path: string): PreparedRoute | undefined {
    return this.#routes.get(path)
  }

  has(path: string): boolean {
    return this.#routes.has(path)
  }

  #layers(): Layer[] {
    return [...(this.#xrpc.routes.stack as unknown as Layer[])]
  }
}

function takes({ regexp, route }: Layer, path: string, verb: string): boolean {
  if (!regexp.test(path)) return false
  return !route || route.methods[verb.toLowerCase()] === true || route.methods._all === true
}
