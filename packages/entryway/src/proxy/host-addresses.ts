import { lookup } from 'node:dns/promises'
import type { Host } from '../hosts/host.ts'

export interface HostAddressesOptions {
  /** All hosts, draining ones included. */
  readonly list: () => Promise<readonly Pick<Host, 'url'>[]>
  /** Reverse proxies in front of the entryway, which add to `X-Forwarded-For` as well. */
  readonly trustedProxies: number
  /** All addresses of a host name; those of the system's resolver by default. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
}

/** The addresses of hosts, as they were when they were last looked up. */
export interface HostAddresses {
  /** Looks all of them up. Those of a host whose name cannot be resolved stay. */
  refresh(): Promise<void>
  /**
   * For `trust proxy` of Express: a host says in `X-Forwarded-For` for whom it calls. Nobody else is believed, or anybody could use up
   * the limits of an address.
   *
   * @param hop how many machines lie between this one and that of the address
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

/** An IPv4 address as itself. Source: RFC 4291, section 2.5.5.2. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}
