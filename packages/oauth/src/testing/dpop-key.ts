import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface Proof {
  readonly htm: string
  readonly htu: string
  readonly nonce?: string | undefined
  /** The access token sent along. */
  readonly token?: string | undefined
  readonly claims?: { readonly iat: number }
}

/** A key of an app for DPoP proofs (RFC 9449). */
export interface DpopKey {
  readonly thumbprint: string
  prove(proof: Proof): Promise<string>
}

export async function createDpopKey(): Promise<DpopKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove: ({ htm, htu, nonce, token, claims }) =>
      new SignJWT({
        htm,
        htu: htu.split('?')[0] ?? '',
        jti: randomUUID(),
        ...(nonce !== undefined && { nonce }),
        ...(token !== undefined && {
          ath: createHash('sha256').update(token).digest('base64url'),
        }),
      })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setIssuedAt(claims?.iat)
        .sign(privateKey),
  }
}
