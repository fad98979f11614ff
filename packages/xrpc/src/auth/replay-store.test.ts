import { describe, expect, it } from '@jest/globals'
import {
  alice,
  aliceKey,
  bob,
  forged,
  outcome,
  publish,
  serve,
  serveDirectory,
  tokenOf,
} from '../testing/service-tokens.ts'
import { createMemoryReplayStore } from './replay-store.ts'

serveDirectory()

describe('a replay store', () => {
  const replayStore = createMemoryReplayStore()

  it('lets a token be used once, even by concurrent calls', async () => {
    const server = serve({ replayStore })
    const token = await tokenOf()
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => outcome(server, token)))
    expect(outcomes.toSorted()).toEqual([200, '401 NonceNotUnique', '401 NonceNotUnique'])
    expect(await outcome(server, await tokenOf())).toBe(200)
  })

  it('counts tokens per caller, and only valid ones', async () => {
    const shared = createMemoryReplayStore()
    const jti = 'the same'
    const first = serve({ replayStore: shared })
    expect(await outcome(first, await forged({ jti, iss: bob }))).toBe('401 BadJwtSignature')
    publish(bob, aliceKey)
    // Another process, which has not just looked the former key up.
    const server = serve({ replayStore: shared })
    for (const iss of [alice, bob])
      expect(await outcome(server, await forged({ jti, iss }))).toBe(200)
    expect(await outcome(server, await forged({ jti, exp: 4_000_000_000 }))).toBe('401 JwtTooOld')
    expect(await outcome(server, await forged({ jti }))).toBe('401 NonceNotUnique')
  })

  it.each([undefined, '', 5])('refuses a token with the id %p', async (jti) => {
    expect(await outcome(serve({ replayStore }), await forged({ jti }))).toBe('401 BadJwt')
  })

  it('receives a key of fixed length and its expiry', async () => {
    const claims: [string, Date][] = []
    const server = serve({
      replayStore: { claim: async (...claim) => claims.push(claim) > 0 },
    })
    const exp = Math.floor(Date.now() / 1000) + 50
    expect(await outcome(server, await forged({ exp, jti: 'x'.repeat(5_000) }))).toBe(200)
    expect(claims).toEqual([[expect.stringMatching(/^[\w-]{43}$/), new Date(exp * 1000)]])
  })

  it('in memory evicts the oldest token', () => {
    const store = createMemoryReplayStore({ maxTokens: 2 })
    const until = new Date()
    expect(['a', 'b', 'c', 'b', 'a'].map((key) => store.claim(key, until))).toEqual([
      true,
      true,
      true,
      false,
      true,
    ])
  })
})
