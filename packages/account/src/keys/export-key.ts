import type { ServiceContext } from '../context.ts'
import { AccountNotFound } from '../errors.ts'
import { openKey } from './sealed-keys.ts'

/** An exported signing key. */
export interface ExportedKey {
  readonly did: string
  /** As `did:key`. */
  readonly publicKey: string
  /** secp256k1 private key, 32 bytes in hexadecimal. */
  readonly privateKeyHex: string
}

/** @throws {AccountNotFound} if the service has no key of the account. */
export async function exportSigningKey(context: ServiceContext, did: string): Promise<ExportedKey> {
  const { store, clock } = context
  const key = await store.signingKeys.findCurrent(did)
  if (key === undefined) throw new AccountNotFound('The account has no signing key here')
  const privateKey = openKey(context, key.privateKeySealed, did)
  await store.audit.append({ event: 'signing-key.exported', actor: 'admin', did, at: clock.now() })
  return { did, publicKey: key.publicKey, privateKeyHex: Buffer.from(privateKey).toString('hex') }
}
