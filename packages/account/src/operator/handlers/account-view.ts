import type { AccountView } from '@lexwright/generated/types/com/atproto/admin/defs'
import { inviteView } from '../../invites/handlers/invite-view.ts'
import type { AccountInfo } from '../account-info.ts'

/** An account in the form of the admin lexicons. */
export function accountView(info: AccountInfo): AccountView {
  const { did, handle, email, createdAt, emailConfirmedAt, deactivatedAt, inviteNote } = info
  return {
    did,
    handle: handle ?? 'handle.invalid',
    indexedAt: createdAt.toISOString(),
    invites: info.invites.map(inviteView),
    invitesDisabled: info.invitesDisabledAt !== null,
    ...(email !== null && { email }),
    ...(info.invitedBy && { invitedBy: inviteView(info.invitedBy) }),
    ...(inviteNote !== null && { inviteNote }),
    ...(emailConfirmedAt && { emailConfirmedAt: emailConfirmedAt.toISOString() }),
    ...(deactivatedAt && { deactivatedAt: deactivatedAt.toISOString() }),
  }
}
