import type { AccountHost, Hosts } from '../hosts/host.ts'

/** A cache of the hosts of accounts. */
export interface KnownHosts {
  /** The cached host; looked up if not cached. */
  readonly byAccount: (did: string) => Promise<AccountHost | undefined>
  /** Looks the host up in the database and caches it. */
  readonly refresh: (did: string) => Promise<AccountHost | undefined>
  /** Removes an account that has moved from the cache. */
  readonly forget: (did: string) => void
}

export interface KnownHostsOptions {
  readonly hosts: Pick<Hosts, 'byAccount'>
  /** How long an entry is used, in milliseconds; 30 s by default. */
  readonly maxAge?: number
  /**
   * Maximum accounts in the cache; 100,000 by default, some 20 MB. Evicts the least recently used.
   */
  readonly maxAccounts?: number
  readonly clock?: { now(): Date }
}

interface Known {
  readonly host: Promise<AccountHost | undefined>
  readonly since: number
}

/**
 * Caches the hosts of accounts in this process. After a move, the process that calls `forget` uses the new host at once. Other
 * processes notice at the first token for the new host, which does not match the cached one; until `maxAge` has passed, calls
 * without a token go to the former host.
 */
export function rememberHosts({
  hosts,
  maxAge = 30_000,
  maxAccounts = 100_000,
  clock = { now: () => new Date() },
}: KnownHostsOptions): KnownHosts {
  const known = new Map<string, Known>()

  const refresh = (did: string): Promise<AccountHost | undefined> => {
    const found: Known = { host: hosts.byAccount(did), since: clock.now().getTime() }
    known.delete(did)
    known.set(did, found)
    const [oldest] = known.keys()
    if (known.size > maxAccounts && oldest !== undefined) known.delete(oldest)
    found.host.catch(() => {
      if (known.get(did) === found) known.delete(did)
    })
    return found.host
  }

  return {
    refresh,
    byAccount: (did) => {
      const found = known.get(did)
      if (found === undefined || clock.now().getTime() - found.since >= maxAge) return refresh(did)
      known.delete(did)
      known.set(did, found)
      return found.host
    },
    forget: (did) => void known.delete(did),
  }
}
