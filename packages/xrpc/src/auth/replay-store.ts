/** Remembers which tokens have been used. */
export interface ReplayStore {
  /**
   * Marks a key as used, in one step: of any number of calls with the same key, in all processes that share the store,
   * one is answered true. `SET key 1 NX PXAT` of Redis and `INSERT … ON CONFLICT DO NOTHING` of SQL do so.
   *
   * @param key 43 characters, the hash of issuer and token id
   * @param expiresAt the end of the token; the key may be forgotten after it
   */
  claim(key: string, expiresAt: Date): Promise<boolean> | boolean
}

export interface MemoryReplayStoreOptions {
  /** Tokens that are remembered; 100,000 when not given, which takes some 10 MB. */
  readonly maxTokens?: number
}

/**
 * Remembers the tokens that one process has seen. Above `maxTokens` it forgets the oldest: choose it above the number of
 * calls in the lifetime of a token, which is a minute for most.
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
