/**
 * Looks handles and DIDs up elsewhere. An `IdResolver` of `@atproto/identity` is one.
 */
export interface IdentityResolver {
  readonly handle: {
    /** The DID by DNS or by the well-known page of the host; undefined if neither names one. */
    resolve(handle: string): Promise<string | undefined>
  }
  readonly did: {
    /** The document; null if there is none. */
    resolve(did: string, forceRefresh?: boolean): Promise<object | null>
  }
}

/** For a service that asks nobody. */
export const noResolver: IdentityResolver = {
  handle: { resolve: async () => undefined },
  did: { resolve: async () => null },
}
