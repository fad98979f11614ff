import type { Application } from './xrpc-adapter.ts'

/**
 * Everything the fast lane assumes about Express beyond its documented interface. Valid for Express 4.22;
 * `express-internals.test.ts` pins the version and fails if a part is missing.
 */

/** A layer of the stack through which Express runs a request. */
export interface Layer {
  readonly handle: (...args: never[]) => void
  readonly regexp: RegExp
  readonly route?: { readonly methods: Readonly<Record<string, boolean | undefined>> }
}

/** The parts of an Express application that this file reads. */
interface Internals {
  /** The prototypes that Express sets on requests and responses. */
  readonly request: object
  readonly response: object
  readonly settings: Readonly<Record<string, unknown>>
  readonly _router: { readonly stack: readonly Layer[] }
}

export function prototypesOf(app: Application): Pick<Internals, 'request' | 'response'> {
  return app as unknown as Internals
}

/** The first middleware of an application that `accepts` returns true for. */
export function middlewareOf<T extends Layer['handle']>(
  app: Application,
  accepts: (middleware: T) => boolean,
): T {
  const layers = (app as unknown as Internals)._router.stack
  const found = layers.map(({ handle }) => handle as T).find(accepts)
  if (!found)
    throw new TypeError(
      'This version of Express or @atproto/xrpc-server is not supported; install the versions that @lexwright/xrpc depends on',
    )
  return found
}

/** The current layers of a router. */
export function layersOf(router: object): readonly Layer[] {
  return [...(router as Internals['_router']).stack]
}

/** True if a layer matches this path and verb. */
export function takes({ regexp, route }: Layer, path: string, verb: string): boolean {
  if (!regexp.test(path)) return false
  return !route || route.methods[verb.toLowerCase()] === true || route.methods._all === true
}

/** True if the application has a JSON setting that changes how JSON is written. */
export function hasOwnJsonForm(app: object): boolean {
  const { settings } = app as Internals
  return Boolean(settings['json escape'] || settings['json replacer'] || settings['json spaces'])
}
