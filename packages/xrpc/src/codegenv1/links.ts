import { CID } from 'multiformats/cid'

/** CID checks for generated validators. In a separate module, so that bundles without them are smaller. */

/** True if a value is a CID, from any copy of the library. */
export function isCid(value: unknown): boolean {
  return CID.asCID(value as CID) !== null
}

export function maybeCid(value: unknown): boolean {
  return value === undefined || isCid(value)
}

/** True if a value is a CID in text form, of at most 128 characters. */
export function isCidText(value: unknown): boolean {
  if (typeof value !== 'string') return false
  if (value.length === 59 && USUAL_CID.test(value)) return true
  if (value.length > 128) return false
  try {
    CID.parse(value)
    return true
  } catch {
    return false
  }
}
// Version 1, dag-cbor or raw, SHA-256: 36 bytes in 58 characters of base32, whose last two bits are padding.
const USUAL_CID = /^baf[yk]rei[a-h][a-z2-7]+[aeimquy4]$/

export function maybeCidText(value: unknown): boolean {
  return value === undefined || isCidText(value)
}
