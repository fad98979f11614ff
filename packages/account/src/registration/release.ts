import type { ServiceContext } from '../context.ts'
import { giveBackInvite } from '../invites/use-invite.ts'

/** Releases a reservation; false if the account has become active or is already released. */
export async function release({ store, clock }: ServiceContext, did: string): Promise<boolean> {
  return await store.transaction(async (tx) => {
    const released = await tx.registrations.deletePending(did)
    if (released === undefined) return false
    if (released.inviteCode !== null) await giveBackInvite(tx, released.inviteCode)
    await tx.audit.append({ event: 'account.released', actor: 'system', did, at: clock.now() })
    return true
  })
}
