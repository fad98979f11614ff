import { lookup } from 'node:dns/promises'
import type { Host } from '../hosts/host.ts'

export interface HostAddressesOptions {
  /** All hosts, draining ones included. */
  readonly list: () => Promise<readonly Pick<Host, 'url'>[]>
  /** Number of reverse proxies in front of the entryway, which also add to `X-Forwarded-For`. */
  readonly trustedProxies: number
  /** Resolves a host name to all its addresses; by the system's resolver by default. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
}

/** The addresses of hosts, as last resolved. */
export interface HostAddresses {
  /** Resolves all host names. Keeps the known addresses of a name that cannot be resolved. */
  refresh(): Promise<void>
  /**
   * For `trust proxy` of Express: hosts name their client in `X-Forwarded-For`. Other senders are not trusted, since anyone could use
   * up the limits of another address.
   *
   * @param hop number of machines between this one and the address
   */
  readonly trust: (address: string, hop: number) => boolean
}

export function watchHostAddresses({
  list,
  trustedProxies,
  resolve = resolveAll,
}: HostAddressesOptions): HostAddresses {
  let known: ReadonlyMap<string, readonly string[]> = new Map()
  let addresses: ReadonlySet<string> = new Set()
  return {
    refresh: async () => {
      const names = (await list()).map(({ url }) => new URL(url).hostname.replace(/^\[|\]$/g, ''))
      const found = await Promise.all(
        names.map(async (name) => {
          const resolved = await resolve(name).catch(() => known.get(name) ?? [])
          return [name, resolved.map(unmapped)] as const
        }),
      )
      known = new Map(found)
      addresses = new Set([...known.values()].flat())
    },
    trust: (address, hop) =>
      hop < trustedProxies || (hop === trustedProxies && addresses.has(unmapped(address))),
  }
}

async function resolveAll(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address)
}

/** Converts an IPv4-mapped IPv6 address to IPv4. Source: RFC 4291, section 2.5.5.2. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
