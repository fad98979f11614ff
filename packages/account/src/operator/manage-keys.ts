import type { ServiceContext } from '../context.ts'
import { type ExportedKey, exportSigningKey } from '../keys/export-key.ts'
import { replaceSigningKey } from '../keys/replace-key.ts'
import { findAccount } from './find-accounts.ts'

/** @throws {AccountNotFound} @throws {IdentityRefused} @throws {TemporarilyUnavailable} */
export async function replaceKeyOf(context: ServiceContext, account: string): Promise<string> {
  const { did } = await findAccount(context, account)
  return await replaceSigningKey(context, did)
}

/** @throws {AccountNotFound} */
export async function exportKeyOf(context: ServiceContext, account: string): Promise<ExportedKey> {
  const { did } = await findAccount(context, account)
  return await exportSigningKey(context, did)
}
