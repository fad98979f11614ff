import type { Application } from './xrpc-adapter.ts'

/**
 * Everything that the fast lane knows of Express beyond its documented interface. It holds for Express 4.22;
 * `express-internals.test.ts` names the version and fails when a part is gone.
 */

/** An entry of the chain that an Express application runs a request through. */
export interface Layer {
  readonly handle: (...args: never[]) => void
  readonly regexp: RegExp
  readonly route?: { readonly methods: Readonly<Record<string, boolean | undefined>> }
}

/** An Express application as this file reads it. */
interface Internals {
  /** The prototypes that Express gives to requests and responses. */
  readonly request: object
  readonly response: object
  readonly settings: Readonly<Record<string, unknown>>
  readonly _router: { readonly stack: readonly Layer[] }
}

export function prototypesOf(app: Application): Pick<Internals, 'request' | 'response'> {
  return app as unknown as Internals
}

/** The first middleware of an application that `accepts` takes. */
export function middlewareOf<T extends Layer['handle']>(
  app: Application,
  accepts: (middleware: T) => boolean,
): T {
  const layers = (app as unknown as Internals)._router.stack
  const found = layers.map(({ handle }) => handle as T).find(accepts)
  if (!found) throw new TypeError('This version of Express or of @atproto/xrpc-server is not known')
  return found
}

/** The entries of a router as they are now. */
export function layersOf(router: object): readonly Layer[] {
  return [...(router as Internals['_router']).stack]
}

/** True if an entry takes requests with this path and verb. */
export function takes({ regexp, route }: Layer, path: string, verb: string): boolean {
  if (!regexp.test(path)) return false
  return !route || route.methods[verb.toLowerCase()] === true || route.methods._all === true
}

/** True if the application has been told to write JSON in another way than JavaScript does. */
export function hasOwnJsonForm(app: object): boolean {
  const { settings } = app as Internals
  return Boolean(settings['json escape'] || settings['json replacer'] || settings['json spaces'])
}
