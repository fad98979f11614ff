/**
 * Caches the claims of verified tokens: checking a signature takes 0.1 ms through WebCrypto. Evicts
 * the least recently used token.
 *
 * A hit vouches for the signature only; the session is checked in the database on every call.
 */
export class TokenCache<Claims extends { readonly expiresAt: Date }> {
  readonly #entries = new Map<string, Claims>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The cached claims of a token that has not reached its `exp`. */
  get(jwt: string, now: Date): Claims | undefined {
    const claims = this.#entries.get(jwt)
    if (claims === undefined) return undefined
    this.#entries.delete(jwt)
    if (claims.expiresAt.getTime() <= now.getTime()) return undefined
    this.#entries.set(jwt, claims)
    return claims
  }

  set(jwt: string, claims: Claims): void {
    if (this.#limit === 0) return
    if (this.#entries.size >= this.#limit) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    this.#entries.set(jwt, claims)
  }

  get size(): number {
    return this.#entries.size
  }
}
