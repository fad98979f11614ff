import { describe, expect, it } from '@jest/globals'
import type { Host } from '../hosts/host.ts'
import { rememberHosts } from './known-hosts.ts'
import { hostAt } from './testing/local-hosts.ts'

function setup(options: { readonly maxAccounts?: number } = {}) {
  const lookups: string[] = []
  let now = 0
  let find = async (): Promise<Host | undefined> => hostAt('a', 'http://a.test')
  const known = rememberHosts({
    hosts: {
      byAccount: (did) => {
        lookups.push(did)
        return find()
      },
    },
    maxAge: 100,
    clock: { now: () => new Date(now) },
    ...options,
  })
  return {
    known,
    lookups,
    pass: (ms: number) => {
      now += ms
    },
    answer: (next: typeof find) => {
      find = next
    },
  }
}

describe('rememberHosts', () => {
  it('looks an account up again after maxAge', async () => {
    const { known, lookups, pass } = setup()
    await known.byAccount('x')
    pass(99)
    await known.byAccount('x')
    expect(lookups).toEqual(['x'])
    pass(1)
    await known.byAccount('x')
    expect(lookups).toEqual(['x', 'x'])
  })

  it('caches that an account has no host', async () => {
    const { known, lookups, answer } = setup()
    answer(async () => undefined)
    expect([await known.byAccount('x'), await known.byAccount('x')]).toEqual([undefined, undefined])
    expect(lookups).toEqual(['x'])
  })

  it('evicts the least recently used account', async () => {
    const { known, lookups } = setup({ maxAccounts: 2 })
    for (const did of ['x', 'y', 'x', 'z', 'x', 'y']) await known.byAccount(did)
    expect(lookups).toEqual(['x', 'y', 'z', 'y'])
  })

  it('does not cache a failure', async () => {
    const { known, answer } = setup()
    answer(async () => {
      throw new Error('The database has gone')
    })
    await expect(known.byAccount('x')).rejects.toThrow('gone')
    answer(async () => hostAt('b', 'http://b.test'))
    expect((await known.byAccount('x'))?.did).toBe('did:web:b.test')
  })
})
