import { formatDidKey, parseDidKey } from '@atproto/crypto'
import type { ServiceContext } from '../context.ts'
import { InvalidRecoveryKey } from '../errors.ts'

/**
 * A `did:key` of either curve has 57 characters. Longer text is not decoded: base58 takes quadratic
 * time.
 */
const MAX_LENGTH = 100

/**
 * Accepts the `did:key` of a P-256 or K-256 public key (https://atproto.com/specs/cryptography).
 *
 * @throws {InvalidRecoveryKey}
 */
export function checkRecoveryKey(didKey: string): string {
  try {
    if (didKey.length > MAX_LENGTH) throw new RangeError('too long')
    const { jwtAlg, keyBytes } = parseDidKey(didKey)
    if (formatDidKey(jwtAlg, keyBytes) !== didKey) throw new TypeError('not in its canonical form')
    return didKey
  } catch (cause) {
    throw new InvalidRecoveryKey('recoveryKey must be a did:key of a P-256 or K-256 public key', {
      cause,
    })
  }
}

/**
 * True for a rotation key of the operator. It is public in every DID, so anybody can pass it as a
 * recovery key; only the operator can use it, so it stays.
 */
export function isOperatorKey({ policy, secrets }: ServiceContext, didKey: string): boolean {
  return didKey === policy.recoveryDidKey || didKey === secrets.plcRotationKey.did()
}
