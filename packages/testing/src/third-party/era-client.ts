import { createRequire } from 'node:module'

/** The part of `@atproto/api` 0.0.3 in use; its own types refer to present packages. */
export interface EraClient {
  service(url: string): {
    readonly com: { readonly atproto: Readonly<Record<string, EraNamespace>> }
    readonly sessionManager: {
      get(): { readonly accessJwt: string; readonly refreshJwt: string } | undefined
      set(session: object): void
      active(): boolean
    }
  }
}
export type EraNamespace = Readonly<
  Record<
    string,
    (
      ...parameters: readonly unknown[]
    ) => Promise<{ readonly success: boolean; readonly data: Readonly<Record<string, unknown>> }>
  >
>

const require = createRequire(import.meta.url)

export const eraVersion: string = require('atproto-api-era/package.json').version

/** The package as it was published in December 2022, bundled with its own XRPC client. */
export const eraClient: EraClient = require('atproto-api-era').sessionClient
