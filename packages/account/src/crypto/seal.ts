import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce and the full 128-bit tag. */
const CIPHER = 'aes-256-gcm'
const VERSION = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + NONCE_BYTES

/** A sealed value could not be opened: wrong key, wrong context, damage, or an unknown version. */
export class SealError extends Error {
  override readonly name = 'SealError'
}

/**
 * Encrypts a secret for storage. The result is `version ‖ nonce ‖ ciphertext ‖ tag`.
 *
 * @param key 32 bytes.
 * @param aad the owner of the value (for example the DID): a sealed value moved to another row does
 *   not open there.
 */
export function seal(
  key: Uint8Array,
  plaintext: Uint8Array,
  aad: string | Uint8Array,
): Uint8Array<ArrayBuffer> {
  assertKey(key)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bytes(aad))
  const body = cipher.update(plaintext)
  const rest = cipher.final()
  return Buffer.concat([Uint8Array.of(VERSION), nonce, body, rest, cipher.getAuthTag()])
}

/**
 * Decrypts the result of {@link seal}.
 *
 * @throws {SealError} for any other key, context or bytes.
 */
export function open(
  key: Uint8Array,
  sealed: Uint8Array,
  aad: string | Uint8Array,
): Uint8Array<ArrayBuffer> {
  assertKey(key)
  if (sealed.length < HEADER_BYTES + TAG_BYTES) throw new SealError('sealed value is too short')
  if (sealed[0] !== VERSION) throw new SealError('sealed value has an unknown version')

  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(1, HEADER_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(bytes(aad))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)),
      decipher.final(),
    ])
  } catch (cause) {
    throw new SealError('sealed value cannot be decrypted with this key', { cause })
  }
}

function assertKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) {
    throw new TypeError(`a sealing key must have ${KEY_BYTES} bytes, not ${key.length}`)
  }
}

function bytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value
}
