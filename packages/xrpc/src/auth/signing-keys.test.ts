import type { DidDocument } from '@atproto/common-web'
import { Secp256k1Keypair } from '@atproto/crypto'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import {
  alice,
  aliceKey,
  asked,
  bob,
  bobKey,
  call,
  directory,
  outcome,
  publish,
  resolver,
  serve,
  serveDirectory,
  tokenOf,
} from '../testing/service-tokens.ts'
import type { DidResolver } from './signing-keys.ts'

serveDirectory()
afterEach(() => {
  jest.useRealTimers()
})

describe('keys', () => {
  it('are fetched once for concurrent calls', async () => {
    const server = serve()
    const token = await tokenOf()
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(server, token)))
    expect(new Set(outcomes)).toEqual(new Set([200]))
    expect(await outcome(server, token)).toBe(200)
    expect(asked).toEqual([alice])
  })

  it('are fetched again when they expire', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: everythingButDates })
    const server = serve({ keyCache: { maxAge: 60_000 } })
    for (const passed of [0, 60_000, 1]) {
      jest.setSystemTime(Date.now() + passed)
      expect(await outcome(server, await tokenOf())).toBe(200)
    }
    expect(asked).toEqual([alice, alice])
  })

  it('are kept for the DIDs that called last, up to a limit', async () => {
    const server = serve({ keyCache: { maxDids: 2 } })
    const carol = 'did:web:carol.test'
    publish(carol, bobKey)
    const callers = [alice, bob, alice, carol, alice, bob]
    for (const iss of callers) {
      const keypair = iss === alice ? aliceKey : bobKey
      expect(await outcome(server, await tokenOf({ iss, keypair }))).toBe(200)
    }
    expect(asked).toEqual([alice, bob, carol, bob])
  })

  it('that have changed are fetched once for all calls that notice', async () => {
    const server = serve()
    await call(server, await tokenOf())
    const keypair = await Secp256k1Keypair.create()
    publish(alice, keypair)
    const token = await tokenOf({ keypair })
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => outcome(server, token)))
    expect(new Set(outcomes)).toEqual(new Set([200]))
    expect(asked).toEqual([alice, alice])
    expect(await outcome(server, await tokenOf())).toBe('401 BadJwtSignature')
    expect(asked).toHaveLength(3)
  })

  it('that have not changed are requested again after a while, however many calls are forged', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: everythingButDates })
    const server = serve()
    const forge = async () => outcome(server, await tokenOf({ keypair: bobKey }))
    for (let n = 0; n < 5; n++) expect(await forge()).toBe('401 BadJwtSignature')
    expect(asked).toEqual([alice, alice])
    expect(await outcome(server, await tokenOf())).toBe(200)
    jest.setSystemTime(Date.now() + 10_001)
    publish(alice, bobKey)
    expect(await forge()).toBe(200)
    expect(asked).toEqual([alice, alice, alice])
  })

  it('of a DID that does not exist are requested again after a while', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: everythingButDates })
    const server = serve()
    directory.delete(alice)
    const token = await tokenOf()
    const unknown = '401 AuthenticationRequired'
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcome(server, token)))
    expect(new Set(outcomes)).toEqual(new Set([unknown]))
    publish(alice, aliceKey)
    jest.setSystemTime(Date.now() + 10_000)
    expect(await outcome(server, token)).toBe(unknown)
    expect(asked).toEqual([alice])
    jest.setSystemTime(Date.now() + 1)
    expect(await outcome(server, token)).toBe(200)
    expect(asked).toEqual([alice, alice])
  })

  it('stay cached however many DIDs do not exist, of which the latest are remembered', async () => {
    const server = serve({ keyCache: { maxDids: 2 } })
    await call(server, await tokenOf())
    const invented = ['did:web:a.test', 'did:web:b.test', 'did:web:c.test']
    for (const iss of [...invented, 'did:web:c.test', 'did:web:a.test', alice]) {
      await call(server, await tokenOf({ iss }))
    }
    expect(asked).toEqual([alice, ...invented, 'did:web:a.test'])
  })

  it("that do not fit are fetched past the resolver's cache", async () => {
    const forced: (boolean | undefined)[] = []
    const cached = new Map<string, unknown>()
    const caching: DidResolver = {
      resolve: async (did, forceRefresh) => {
        forced.push(forceRefresh)
        if (forceRefresh || !cached.has(did)) cached.set(did, await resolver.resolve(did))
        return cached.get(did) as DidDocument
      },
    }
    await caching.resolve(alice)
    publish(alice, bobKey)
    const server = serve({ resolver: caching })
    const token = await tokenOf({ keypair: bobKey })
    const outcomes = await Promise.all([outcome(server, token), outcome(server, token)])
    expect(outcomes).toEqual([200, 200])
    expect(forced).toEqual([undefined, false, true])
  })
})

const everythingButDates = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const satisfies readonly string[] as never
