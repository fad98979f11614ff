import { createServiceAuthHeaders } from '@atproto/xrpc-server'

/** A key of `@atproto/crypto`, or anything that signs like one. */
export interface ServiceSigner {
  /** `ES256K` or `ES256`. */
  readonly jwtAlg: string
  did(): string
  sign(message: Uint8Array): Promise<Uint8Array>
}

export interface CreateServiceAuthOptions {
  /** The DID that calls; its document has the key of `keypair` as `#atproto`. */
  readonly iss: string
  /** The DID of the service that is called, with the fragment of the service where it asks for one. */
  readonly aud: string
  readonly keypair: ServiceSigner
  /** Seconds for which a token is good; 60 when not given. */
  readonly lifetime?: number
}

/**
 * Signs calls to another service. The function that it returns makes the headers of one call: a new token, for one method.
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
