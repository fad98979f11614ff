import type { ServerResponse } from 'node:http'
import type {
  Auth,
  Input,
  MethodHandler,
  Output,
  Params,
  MethodConfig as ReferenceConfig,
} from '@atproto/xrpc-server'

/** Settings of a method in addition to those of `@atproto/xrpc-server`. */
export interface MethodSettings {
  /**
   * `no-store` forbids browsers and proxies from storing any answer of the method, even an error or refusal: for tokens
   * and other private data. A `Cache-Control` that the handler returns overrides it.
   *
   * Source: RFC 9111, section 5.2.2.5
   */
  readonly cacheControl?: 'no-store'
}

/** A handler with its verifier, its limits and its settings. */
export type MethodConfig<
  A extends Auth = Auth,
  P extends Params = Params,
  I extends Input = Input,
  O extends Output = Output,
> = ReferenceConfig<A, P, I, O> & MethodSettings

/** A handler, or a config with one. */
export type MethodConfigOrHandler<
  A extends Auth = Auth,
  P extends Params = Params,
  I extends Input = Input,
  O extends Output = Output,
> = MethodHandler<A, P, I, O> | MethodConfig<A, P, I, O>

/** Runs before all steps of a call, so that refusals have it too. */
export function setCacheControl(res: ServerResponse, config: object): void {
  const { cacheControl } = config as MethodSettings
  if (cacheControl !== undefined) res.setHeader('Cache-Control', cacheControl)
}
