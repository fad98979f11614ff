import { createSecretKey } from 'node:crypto'
import { JoseKey, OAuthProvider } from '@atproto/oauth-provider/provider'
import { OAuthVerifier } from '@atproto/oauth-provider/verifier'
import { expect, it, jest } from '@jest/globals'
import { createAccountStore } from './account-store.ts'
import { createDeviceStore } from './device-store.ts'
import { createLexiconStore, createReplayStore } from './lexicon-store.ts'
import { rememberingKeyset } from './remembering-keyset.ts'
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

it('a token is checked once, and refused from its end on', async () => {
  const [key, other] = await Promise.all(
    [1, 2].map((n) => JoseKey.fromKeyLike(createSecretKey(Buffer.alloc(32, n)), `${n}`, 'HS256')),
  )
  if (key === undefined || other === undefined) throw new Error('There are two')
  const issuer = 'https://pds.example.com'
  const verifierOf = (signer: JoseKey) =>
    new OAuthVerifier({ issuer, keyset: rememberingKeyset([signer]), dpopSecret: false })
  const verifier = verifierOf(key)
  const check = jest.spyOn(key, 'verifyJwt')
  const now = Math.floor(Date.now() / 1000)
  const claims = { jti: `tok-${'0'.repeat(32)}`, sub: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', iat: now }
  const sign = ({ signer }: OAuthVerifier, exp: number) =>
    signer.createAccessToken({ ...claims, exp } as never)
  const present = (token: string) =>
    verifier.authenticateRequest('GET', new URL(issuer), { authorization: `Bearer ${token}` })

  const token = await sign(verifier, now + 60)
  for (let call = 0; call < 3; call++) expect(await present(token)).toMatchObject(claims)
  expect(check).toHaveBeenCalledTimes(1)
  await expect(present(`${token.slice(0, -4)}AAAA`)).rejects.toThrow()
  await expect(present(await sign(verifierOf(other), now + 60))).rejects.toThrow()
  jest.useFakeTimers({ now: (now + 61) * 1000, doNotFake: ['nextTick', 'queueMicrotask'] })
  await expect(present(token)).rejects.toThrow('expired')
  jest.useRealTimers()
})
