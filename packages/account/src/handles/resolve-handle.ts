import { isValidHandle } from '@atproto/syntax'
import type { ServiceContext } from '../context.ts'
import { HandleNotFound } from '../errors.ts'

/**
 * The DID of the active account with a handle.
 *
 * @throws {HandleNotFound}
 */
export async function resolveHandle({ store }: ServiceContext, handle: string): Promise<string> {
  const did = isValidHandle(handle) ? await store.accounts.findDid(handle.toLowerCase()) : undefined
  if (did === undefined) throw new HandleNotFound('No account has this handle')
  return did
}
