import type { IdentityResolver } from '@lexwright/account'
import type { Config } from './config/load-config.ts'
import type { Logger } from './logging/logger.ts'

/** The library for resolving handles and DIDs; a variable, since the operator installs it. */
const LIBRARY: string = '@atproto/identity'

interface Library {
  readonly IdResolver: new (options: object) => IdentityResolver
}

/**
 * Resolves handles and DIDs of other services with `@atproto/identity`, if it is installed beside
 * the program. Without it, handles of other domains are refused.
 */
export function createResolver(config: Config, logger: Pick<Logger, 'warn'>): IdentityResolver {
  let loading: Promise<IdentityResolver | undefined> | undefined
  const load = (): Promise<IdentityResolver | undefined> => {
    loading ??= import(LIBRARY).then(
      ({ IdResolver }: Library) => new IdResolver(optionsOf(config)),
      () => {
        logger.warn({}, `install ${LIBRARY} beside the program to resolve handles of other domains`)
        return undefined
      },
    )
    return loading
  }
  return {
    handle: { resolve: async (handle) => await (await load())?.handle.resolve(handle) },
    did: {
      resolve: async (did, forceRefresh) =>
        (await (await load())?.did.resolve(did, forceRefresh)) ?? null,
    },
  }
}

/** The default is restricted to public hosts; a directory without TLS is a local one. */
function optionsOf({ plcUrl }: Config): object {
  if (plcUrl === undefined) return {}
  return { plcUrl, ...(plcUrl.startsWith('http:') && { fetch: globalThis.fetch }) }
}
