/** Resolves handles and DIDs outside the service. An `IdResolver` of `@atproto/identity` fits. */
export interface IdentityResolver {
  readonly handle: {
    /** Resolves by DNS or the well-known page of the host; undefined if neither has a DID. */
    resolve(handle: string): Promise<string | undefined>
  }
  readonly did: {
    /** The document; null if there is none. */
    resolve(did: string, forceRefresh?: boolean): Promise<object | null>
  }
}

/** For a service that resolves nothing outside. */
export const noResolver: IdentityResolver = {
  handle: { resolve: async () => undefined },
  did: { resolve: async () => null },
}
