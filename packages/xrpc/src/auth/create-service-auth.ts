import { createServiceAuthHeaders } from '@atproto/xrpc-server'

/** A key of `@atproto/crypto`, or any object that signs like one. */
export interface ServiceSigner {
  /** `ES256K` or `ES256`. */
  readonly jwtAlg: string
  did(): string
  sign(message: Uint8Array): Promise<Uint8Array>
}

export interface CreateServiceAuthOptions {
  /** The DID of the caller. Its document lists the key of `keypair` as `#atproto`. */
  readonly iss: string
  /** The DID of the service called, with a service fragment if it expects one. */
  readonly aud: string
  readonly keypair: ServiceSigner
  /** Lifetime of a token in seconds; default 60. */
  readonly lifetime?: number
}

/**
 * Signs calls to another service. Returns a function that makes the headers for one call: a new token, bound to one
 * method.
 *
 * @example
 * ```ts
 * const headersFor = createServiceAuth({ iss: did, aud: 'did:web:feeds.example', keypair })
 * await client.app.bsky.feed.getFeedSkeleton(params, { headers: await headersFor('app.bsky.feed.getFeedSkeleton') })
 * ```
 */
export function createServiceAuth({
  iss,
  aud,
  keypair,
  lifetime = 60,
}: CreateServiceAuthOptions): (lxm: string) => Promise<{ authorization: string }> {
  return async (lxm) => {
    const exp = Math.floor(Date.now() / 1000) + lifetime
    const { headers } = await createServiceAuthHeaders({ iss, aud, keypair, lxm, exp })
    return headers
  }
}
