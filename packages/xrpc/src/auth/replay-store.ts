/** Remembers which tokens have been used. */
export interface ReplayStore {
  /**
   * Marks a key as used, atomically: of any number of calls with the same key, in all processes that share the store,
   * exactly one returns true. `SET key 1 NX PXAT` in Redis or `INSERT … ON CONFLICT DO NOTHING` in SQL does this.
   *
   * @param key hash of issuer and token id, 43 characters
   * @param expiresAt expiry of the token, after which the key may be forgotten
   */
  claim(key: string, expiresAt: Date): Promise<boolean> | boolean
}

export interface MemoryReplayStoreOptions {
  /** Tokens to remember; default 100,000, about 10 MB. */
  readonly maxTokens?: number
}

/**
 * Remembers the tokens that one process has seen. Above `maxTokens` it forgets the oldest, so set it above the number
 * of calls in the lifetime of a token (usually a minute).
 */
export function createMemoryReplayStore({
  maxTokens = 100_000,
}: MemoryReplayStoreOptions = {}): ReplayStore {
  const used = new Set<string>()
  return {
    claim(key) {
      if (used.has(key)) return false
      used.add(key)
      const [oldest] = used
      if (used.size > maxTokens && oldest !== undefined) used.delete(oldest)
      return true
    },
  }
}
