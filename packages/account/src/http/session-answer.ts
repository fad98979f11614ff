import type { OutputSchema } from '@lexwright/generated/types/com/atproto/server/getSession'
import type { ViewedAccount } from './todays-auth.ts'

/**
 * An account as every session answer of today has it. A status goes with every account that is not active: clients take its
 * absence for "active", and one of them reads it unasked.
 */
export function sessionAnswer({ didDocument, status, ...account }: ViewedAccount): OutputSchema {
  return {
    ...account,
    ...(didDocument && { didDoc: { ...didDocument } }),
    active: status === 'active',
    ...(status !== 'active' && { status: status === 'disabled' ? 'takendown' : status }),
  }
}
