import type { InviteCode } from '@lexwright/generated/types/com/atproto/server/defs'
import type { UsedInvite } from '../account-invites.ts'

/** An invite code in the form of today's lexicons. Clients subtract `uses` from `available`. */
export function inviteView({
  code,
  usesGranted,
  disabledAt,
  forAccount,
  createdBy,
  createdAt,
  uses,
}: UsedInvite): InviteCode {
  return {
    code,
    available: usesGranted,
    disabled: disabledAt !== null,
    forAccount: forAccount ?? createdBy,
    createdBy,
    createdAt: createdAt.toISOString(),
    uses: uses.map(({ usedBy, usedAt }) => ({ usedBy, usedAt: usedAt.toISOString() })),
  }
}
