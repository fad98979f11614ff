import { createHmac } from 'node:crypto'
import type { SecretName } from '../db/tables.ts'
import type { AccountSecrets } from '../options.ts'

/**
 * A secret's fingerprint for storage: 128 bits of a PRF, which identify it without revealing it.
 */
export interface FingerprintRing {
  readonly name: SecretName
  readonly current: string
  /** Fingerprints of the former secrets still configured. */
  readonly previous: readonly string[]
}

type Fingerprinted = Pick<
  AccountSecrets,
  | 'passwordPepper'
  | 'previousPasswordPeppers'
  | 'keyEncryptionKey'
  | 'previousKeyEncryptionKeys'
  | 'plcRotationKey'
>

export function fingerprintSecrets(secrets: Fingerprinted): readonly FingerprintRing[] {
  const { previousPasswordPeppers = [], previousKeyEncryptionKeys = [] } = secrets
  return [
    ring('password-pepper', secrets.passwordPepper, previousPasswordPeppers),
    ring('key-encryption-key', secrets.keyEncryptionKey, previousKeyEncryptionKeys),
    // Its public key is in every DID document.
    ring('plc-rotation-key', secrets.plcRotationKey.did(), []),
  ]
}

function ring(
  name: SecretName,
  current: string | Uint8Array,
  previous: readonly (string | Uint8Array)[],
): FingerprintRing {
  const fingerprint = (secret: string | Uint8Array): string =>
    createHmac('sha256', secret)
      .update(`lexwright fingerprint of ${name}`)
      .digest('base64url')
      .slice(0, 22)
  return { name, current: fingerprint(current), previous: previous.map(fingerprint) }
}
