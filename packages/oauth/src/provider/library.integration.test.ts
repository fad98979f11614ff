import { OAuthProvider } from '@atproto/oauth-provider/provider'
import { expect, it } from '@jest/globals'
import { createAccountStore } from './account-store.ts'
import { createDeviceStore } from './device-store.ts'
import { createLexiconStore, createReplayStore } from './lexicon-store.ts'
import { createRequestStore } from './request-store.ts'
import { createTokenStore } from './token-store.ts'

/** In the library, not here: apps are found by their address alone. */
const NOT_OURS = ['findClient']

it('the provider gets every method that its library looks for, and no others', () => {
  const wanted = new Set<string>()
  const store = new Proxy(
    {},
    {
      get: (_, name) => {
        wanted.add(String(name))
        return () => {}
      },
    },
  )
  new OAuthProvider({ issuer: 'https://pds.example.com', keyset: [], store })
  // None of their methods is called.
  const parts = {} as never
  const stores = [
    createAccountStore(parts),
    createDeviceStore(parts),
    createLexiconStore(parts),
    createReplayStore(parts),
    createRequestStore(parts),
    createTokenStore(parts, parts),
  ]
  const given = stores.flatMap((each) => Object.keys(each))
  expect(given.toSorted()).toEqual([...wanted].filter((name) => !NOT_OURS.includes(name)).sort())
})
