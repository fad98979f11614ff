import { describe, expect, it } from '@jest/globals'
import { watchHostAddresses } from './host-addresses.ts'

function setup(trustedProxies = 0) {
  const names = new Map([['a.test', ['192.0.2.1', '2001:db8::1']]])
  let urls = ['https://a.test', 'http://[2001:db8::2]:8080']
  const addresses = watchHostAddresses({
    list: async () => urls.map((url) => ({ url })),
    trustedProxies,
    resolve: async (name) => {
      const found = name.includes(':') ? [name] : names.get(name)
      if (found === undefined) throw new Error('ENOTFOUND')
      return found
    },
  })
  return {
    ...addresses,
    names,
    keep: (...next: string[]) => {
      urls = next
    },
  }
}

describe('X-Forwarded-For', () => {
  it('is trusted only from the addresses of hosts', async () => {
    const { refresh, trust } = setup()
    expect(trust('192.0.2.1', 0)).toBe(false)
    await refresh()
    for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '2001:db8::2']) {
      expect(trust(address, 0)).toBe(true)
    }
    expect(trust('192.0.2.2', 0)).toBe(false)
    // Addresses that a host forwards are not trusted themselves.
    expect(trust('192.0.2.1', 1)).toBe(false)
  })

  it('is trusted from a host behind our own reverse proxies', async () => {
    const { refresh, trust } = setup(1)
    await refresh()
    expect(trust('10.0.0.1', 0)).toBe(true)
    expect(trust('192.0.2.1', 1)).toBe(true)
    expect(trust('192.0.2.2', 1)).toBe(false)
    expect(trust('192.0.2.1', 2)).toBe(false)
  })

  it('is not trusted from a removed host', async () => {
    const { refresh, trust, keep } = setup()
    await refresh()
    keep('http://[2001:db8::2]:8080')
    await refresh()
    expect(trust('192.0.2.1', 0)).toBe(false)
  })

  it('is still trusted while the name of a host cannot be resolved', async () => {
    const { refresh, trust, names } = setup()
    await refresh()
    names.delete('a.test')
    await refresh()
    await refresh()
    expect(trust('192.0.2.1', 0)).toBe(true)
  })
})
