import { createPublicKey, ECDH, type JsonWebKey, type KeyObject } from 'node:crypto'
import { Secp256k1Keypair } from '@atproto/crypto'

const CURVE = 'secp256k1'

/**
 * A public key of the entryway, in the form of the PDS setting
 * `PDS_ENTRYWAY_JWT_VERIFY_KEY_K256_PUBLIC_KEY_HEX`.
 */
export interface VerificationKey {
  /** Uncompressed, in hexadecimal. */
  readonly hex: string
  readonly key: KeyObject
}

/** The signing key with its public key. */
export interface TokenKeypair extends VerificationKey {
  sign(message: Uint8Array): Promise<Uint8Array>
}

/**
 * Reads a private key of 32 bytes. `@atproto/crypto` signs deterministically (RFC 6979), so refreshes within the grace period
 * all return the same token. OpenSSL uses a new nonce each time.
 *
 * @throws {RangeError}
 */
export async function readKeypair(privateKeyHex: string): Promise<TokenKeypair> {
  try {
    const keypair = await Secp256k1Keypair.import(privateKeyHex)
    const { hex, key } = readPublicKey(Buffer.from(keypair.publicKeyBytes()).toString('hex'))
    return { hex, key, sign: (message) => keypair.sign(message) }
  } catch (cause) {
    throw new RangeError(
      'The key that signs tokens must be a secp256k1 key: 64 hexadecimal digits',
      {
        cause,
      },
    )
  }
}

/**
 * Reads a public key in either form, compressed or not.
 *
 * @throws {RangeError}
 */
export function readPublicKey(hex: string): VerificationKey {
  try {
    const point = ECDH.convertKey(hex, CURVE, 'hex', undefined, 'uncompressed') as Buffer
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: CURVE,
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      },
    })
    return { hex: point.toString('hex'), key }
  } catch (cause) {
    throw new RangeError('A public key of tokens must be a point of secp256k1, in hexadecimal', {
      cause,
    })
  }
}

/**
 * Converts the signing key of session tokens to a JWK for an authorization server, since a PDS verifies tokens of apps with the same
 * key. Without `kid`, as an official PDS has no key ids.
 *
 * @throws {RangeError}
 */
export async function createAppKey(privateKeyHex: string): Promise<JsonWebKey> {
  const { key } = await readKeypair(privateKeyHex)
  const d = Buffer.from(privateKeyHex, 'hex').toString('base64url')
  return { ...key.export({ format: 'jwk' }), d, alg: 'ES256K' }
}
