import { isIPv4, isIPv6 } from 'node:net'
import type { LimitStatus } from './limits.ts'

/**
 * The caller of an operation, as limits count it. `unlimited` is not counted: for operations that
 * the application decides itself or has limited elsewhere.
 */
export type Caller = CountedCaller | 'unlimited'

export interface CountedCaller {
  /** Remote address; all requests of unknown origin count as one caller. */
  readonly address: string | undefined
  /** Called with the state of the tightest limit once the operation is counted. */
  readonly onCounted?: (status: LimitStatus) => void
}

/** The key that a caller is counted by; null for `unlimited`. */
export function callerKey(caller: Caller): string | null {
  return caller === 'unlimited' ? null : callerOf(caller.address ?? '')
}

/**
 * The unit that counts as one caller: an IPv4 address, or the /64 of an IPv6 address, the least
 * that a household or a server gets. IPv4-mapped addresses (RFC 4291 §2.5.5.2) count as IPv4. Some
 * proxies add the port to the address in `X-Forwarded-For`.
 */
export function callerOf(given: string): string {
  const address = withoutPort(given)
  if (isIPv4(address)) return address
  const [unzoned = ''] = address.split('%', 1)
  if (!isIPv6(unzoned)) return 'unknown'
  const groups = expand(unzoned)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16))
  return `${network.join(':')}::/64`
}

/** Removes the port from `203.0.113.7:41234` and `[2001:db8::1]:443`. */
function withoutPort(given: string): string {
  const [, bracketed, plain] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(given) ?? []
  return bracketed ?? plain ?? given
}

/**
 * The eight groups of an IPv6 address. URL parsing turns the embedded IPv4 form into hexadecimal.
 */
function expand(address: string): readonly number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const first = groups(head)
  if (tail === undefined) return first
  const last = groups(tail)
  return [...first, ...Array<number>(8 - first.length - last.length).fill(0), ...last]
}
