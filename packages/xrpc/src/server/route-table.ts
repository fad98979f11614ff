import type { Server as XrpcServer } from '@atproto/xrpc-server'
import { layersOf, takes } from './adapter/express-internals.ts'
import { type AnyMethod, type CallSteps, registerMethod } from './adapter/xrpc-adapter.ts'
import { destroyWithResponse } from './body/streams.ts'
import type { Intercepted, Interceptors } from './interceptors.ts'
import { type PreparedRoute, pathOfMethod, prepareRoute } from './prepared-route.ts'

/** The prepared routes of a server, by path. */
export class RouteTable {
  readonly #xrpc: XrpcServer
  readonly #interceptors: Interceptors
  readonly #routes = new Map<string, PreparedRoute>()
  /** Every method registered here, by its path in lower case. */
  readonly #nsids = new Map<string, string>()

  constructor(xrpc: XrpcServer, interceptors: Interceptors) {
    this.#xrpc = xrpc
    this.#interceptors = interceptors
  }

  /**
   * Registers a method on the stock server, and prepares it unless something registered earlier takes its
   * calls: the first handler for a path wins, and middleware may have to see them.
   */
  add(nsid: string, config: AnyMethod): void {
    const path = pathOfMethod(nsid)
    this.#nsids.set(path.toLowerCase(), nsid)
    const earlier = layersOf(this.#xrpc.routes)
    const given: CallSteps['handle'] = typeof config === 'function' ? config : config.handler
    const handler = this.#interceptors.around(nsid, given)
    // Inherits from the configuration instead of copying it: it may be a class instance.
    const ofStock = Object.create(typeof config === 'function' ? null : config, {
      handler: { value: handlerOfStock(handler), enumerable: true },
    })
    const steps = registerMethod(this.#xrpc, nsid, ofStock)
    if (!steps) return
    const route = prepareRoute(this.#xrpc, nsid, { config, handler, steps })
    if (route && !earlier.some((layer) => takes(layer, path, route.verb))) {
      this.#routes.set(path, route)
    }
  }

  /** The route for exactly this path. */
  find(path: string): PreparedRoute | undefined {
    return this.#routes.get(path)
  }

  /**
   * The method registered here that Express would match for this path: case-insensitive, with or without a trailing
   * slash.
   */
  nsidOf(path: string): string | undefined {
    return this.#nsids.get(path.toLowerCase().replace(/\/$/, ''))
  }
}

/** The handler for calls of the stock server, which does not close streams it does not send. */
function handlerOfStock(handler: Intercepted<CallSteps['handle']>): CallSteps['handle'] {
  return async (context) => {
    const output = await handler.handle(context)
    destroyWithResponse(output, context.res)
    return output
  }
}
