import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type OpenStore, openStore } from '../testing/open-store.ts'
import { inMinutes } from '../testing/store-rows.ts'

describe('nonces and lexicons in the store', () => {
  let opened: OpenStore
  beforeAll(async () => {
    opened = await openStore()
  })
  afterAll(async () => await opened.close())

  it('lets one caller claim a nonce, until it expires', async () => {
    const now = new Date()
    const claim = (at: Date) =>
      opened.store.replays.claim({
        namespace: 'DPoP',
        value: 'x',
        now: at,
        expiresAt: inMinutes(3),
      })
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim(now)))
    expect(claims.filter(Boolean)).toHaveLength(1)
    const others = Array.from({ length: 60 }, (_, n) => ({ namespace: 'DPoP', value: `${n % 20}` }))
    const granted = await Promise.all(
      others.map((other) => opened.store.replays.claim({ ...other, now, expiresAt: inMinutes(3) })),
    )
    expect(granted.filter(Boolean)).toHaveLength(20)
    expect(await claim(inMinutes(4))).toBe(true)
    expect(
      await opened.store.replays.claim({
        namespace: 'JAR',
        value: 'x',
        now,
        expiresAt: inMinutes(3),
      }),
    ).toBe(true)
  })

  it('keeps a lexicon that once resolved', async () => {
    const at = new Date()
    const found = {
      createdAt: at,
      updatedAt: at,
      lastSucceededAt: at,
      uri: 'at://x',
      lexicon: { id: 'x' },
    }
    await opened.store.lexicons.put('com.example.set', found)
    const later = inMinutes(5)
    await opened.store.lexicons.put('com.example.set', {
      createdAt: later,
      updatedAt: later,
      lastSucceededAt: null,
      uri: null,
      lexicon: null,
    })
    expect(await opened.store.lexicons.find('com.example.set')).toEqual({
      ...found,
      updatedAt: later,
    })
  })
})
