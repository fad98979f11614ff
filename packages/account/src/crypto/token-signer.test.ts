import { describe, expect, it } from '@jest/globals'
import { TokenError } from './token-claims.ts'
import { signWith, type TokenScheme } from './token-signer.ts'

const DID = 'did:plc:abcdefghijklmnopqrstuvwx'
const NOW = new Date('2026-01-01T00:00:00Z')
const CLAIMS = { did: DID, sessionId: 's', jti: 'j', epoch: 0, authTime: NOW }

/** Tokens are plain JSON, addressed to the present host of the account. */
function setup() {
  let host = 'did:web:a.test'
  const scheme: TokenScheme = {
    audienceOf: (kind) => (kind === 'access' ? host : 'did:web:service.test'),
    sign: async (typ, claims) => JSON.stringify({ typ, claims }),
    verify: async (jwt) => JSON.parse(jwt).claims,
    checkAudience: async (kind, { audience }) => {
      if (kind === 'access' && audience !== host) throw new TokenError('stale-audience')
    },
  }
  const signer = signWith(scheme, {
    issuer: 'did:web:service.test',
    accessTtlSeconds: 60,
    refreshTtlSeconds: 600,
    sessionTtlSeconds: 6000,
    clock: { now: () => NOW },
  })
  return {
    signer,
    move: () => {
      host = 'did:web:b.test'
    },
  }
}

describe('signWith', () => {
  it('addresses each kind of token according to the scheme', async () => {
    const { signer, move } = setup()
    const audience = async (jwt: Promise<string>) => JSON.parse(await jwt).claims.aud
    expect(await audience(signer.signAccess(CLAIMS))).toBe('did:web:a.test')
    expect(await audience(signer.signRefresh(CLAIMS))).toBe('did:web:service.test')
    move()
    expect(await audience(signer.signAccess(CLAIMS))).toBe('did:web:b.test')
  })

  it('checks the audience of cached tokens too', async () => {
    const { signer, move } = setup()
    const [access, refresh] = [await signer.signAccess(CLAIMS), await signer.signRefresh(CLAIMS)]
    expect((await signer.verifyAccess(access)).did).toBe(DID)
    move()
    await expect(signer.verifyAccess(access)).rejects.toMatchObject({ code: 'stale-audience' })
    expect((await signer.verifyRefresh(refresh)).did).toBe(DID)
  })
})
