import type { ServiceContext } from '../context.ts'
import { type ExportedKey, exportSigningKey } from '../keys/export-key.ts'
import { replaceSigningKey, setSigningKey } from '../keys/replace-key.ts'
import { findAccount } from './find-accounts.ts'

/**
 * Puts the given key, or a new one, into the DID of an account.
 *
 * @throws {AccountNotFound} @throws {InvalidOperation} @throws {IdentityRefused}
 * @throws {TemporarilyUnavailable}
 */
export async function replaceKeyOf(
  context: ServiceContext,
  account: string,
  publicKey: string | undefined,
): Promise<string> {
  const { did } = await findAccount(context, account)
  if (publicKey === undefined) return await replaceSigningKey(context, did)
  await setSigningKey(context, { did, publicKey })
  return publicKey
}

/** @throws {AccountNotFound} */
export async function exportKeyOf(context: ServiceContext, account: string): Promise<ExportedKey> {
  const { did } = await findAccount(context, account)
  return await exportSigningKey(context, did)
}
