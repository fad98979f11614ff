import type { Host, Hosts } from '../hosts/host.ts'

/** The hosts of accounts, remembered for a while. */
export interface KnownHosts {
  /** As it is remembered. */
  readonly byAccount: (did: string) => Promise<Host | undefined>
  /** As the database has it now, and remembered from now on. */
  readonly refresh: (did: string) => Promise<Host | undefined>
  /** Forgets an account that has moved. */
  readonly forget: (did: string) => void
}

export interface KnownHostsOptions {
  readonly hosts: Pick<Hosts, 'byAccount'>
  /** Milliseconds for which the host of an account is not looked up again; 30 s by default. */
  readonly maxAge?: number
  /** Accounts whose hosts are remembered; 100,000 by default, which takes some 20 MB. The one asked for least recently goes first. */
  readonly maxAccounts?: number
  readonly clock?: { now(): Date }
}

interface Known {
  readonly host: Promise<Host | undefined>
  readonly since: number
}

/**
 * Remembers the hosts of accounts in this process. A move is noticed at once where it is told to `forget`, and in other processes at
 * the first token for the new host, which does not fit what is remembered; calls without a token go to the former host until
 * `maxAge` is over.
 */
export function rememberHosts({
  hosts,
  maxAge = 30_000,
  maxAccounts = 100_000,
  clock = { now: () => new Date() },
}: KnownHostsOptions): KnownHosts {
  const known = new Map<string, Known>()

  const refresh = (did: string): Promise<Host | undefined> => {
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
