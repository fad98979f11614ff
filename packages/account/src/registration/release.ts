import type { ServiceContext } from '../context.ts'
import { giveBackInvite } from '../invites/use-invite.ts'

/**
 * Frees everything that a reservation holds; false if it is none any more: the account has become
 * active meanwhile, or is released already.
 */
export async function release({ store, clock }: ServiceContext, did: string): Promise<boolean> {
  return await store.transaction(async (tx) => {
    const released = await tx.registrations.deletePending(did)
    if (released === undefined) return false
    if (released.inviteCode !== null) await giveBackInvite(tx, released.inviteCode)
    await tx.audit.append({ event: 'account.released', actor: 'system', did, at: clock.now() })
    return true
  })
}
