import type { OutputSchema } from '@lexwright/generated/types/com/atproto/server/getSession'
import type { ViewedAccount } from './todays-auth.ts'

/**
 * An account in today's session answers. Every inactive account has a status: clients take its
 * absence for "active", and one reads it without a check.
 */
export function sessionAnswer({ didDocument, status, ...account }: ViewedAccount): OutputSchema {
  return {
    ...account,
    ...(didDocument && { didDoc: { ...didDocument } }),
    active: status === 'active',
    ...(status !== 'active' && { status: status === 'disabled' ? 'takendown' : status }),
  }
}
