import { JoseKey } from '@atproto/oauth-provider/provider'
import { OAuthVerifier } from '@atproto/oauth-provider/verifier'
import type { ResourceServerOptions } from '../create-resource-server.ts'
import { deriveKey } from '../secrets.ts'
import { rememberingKeyset } from './remembering-keyset.ts'
import { tokenFirst } from './token-first.ts'

/** Creates the verifier for tokens of an authorization server elsewhere. Loaded on first use. */
export async function createVerifier({
  issuer,
  keys,
  secrets,
  replays,
}: ResourceServerOptions): Promise<OAuthVerifier> {
  const [secret = ''] = secrets
  const verifier = new OAuthVerifier({
    issuer,
    keyset: rememberingKeyset(await Promise.all(keys.map((jwk) => JoseKey.fromJWK({ ...jwk })))),
    dpopSecret: deriveKey(secret, 'nonces'),
    ...(replays && {
      replayStore: {
        unique: (namespace: string, nonce: string, timeFrame: number) =>
          replays.claim(`${namespace} ${nonce}`, new Date(Date.now() + timeFrame)),
      },
    }),
  })
  return tokenFirst(verifier)
}
