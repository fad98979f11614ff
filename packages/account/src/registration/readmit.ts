import { removeAppPasswords } from '../app-passwords/app-passwords.ts'
import { announce } from '../changes/announce.ts'
import type { ServiceContext, Tx } from '../context.ts'
import { DidNotAvailable, HandleNotAvailable } from '../errors.ts'
import { giveHandle } from '../handles/change-handle.ts'
import { claimHandle } from '../handles/claim-handle.ts'
import type { DidState } from '../identity/did-state.ts'
import { rememberState } from '../identity/remember-state.ts'
import { takeInvite } from '../invites/use-invite.ts'
import { cancelResets } from '../password-reset/cancel-resets.ts'
import { endSessions, openSession, type Session } from '../sessions/sessions.ts'
import type { WantedAccount } from './check-request.ts'
import { type GivenHome, giveHome } from './give-home.ts'

export interface Admission extends Pick<GivenHome, 'place'> {
  readonly did: string
  readonly wanted: WantedAccount
  readonly state: DidState
  readonly passwordHash: string
}

/**
 * Readmits an account that moved away earlier, reusing its row; otherwise the same as for any
 * account moving in. Former passwords and sessions stay invalid.
 *
 * @throws {DidNotAvailable} @throws {HandleNotAvailable}
 */
export async function readmit(
  context: ServiceContext,
  tx: Tx,
  { did, wanted, state, passwordHash, place }: Admission,
): Promise<Session> {
  const at = context.clock.now()
  const { handle, email, inviteCode } = wanted
  const former = await tx.registrations.reopen({
    did,
    email: email.typed,
    emailCanonical: email.canonical,
    passwordHash,
    inviteCode,
    at,
  })
  if (former === undefined) {
    throw new DidNotAvailable('An account with this DID already exists')
  }
  await endSessions(tx, { did, reason: 'moved-in', at })
  // Pending resets would let former owners in.
  await cancelResets(tx, did)
  await removeAppPasswords(tx, did)
  if (!(await claimHandle(context, tx, { did, handle }))) {
    throw new HandleNotAvailable('Handle is already taken', { taken: handle })
  }
  await giveHandle(context, tx, { did, handle, at })
  await giveHome(context, tx, { did, place, at })
  await rememberState(context, tx, { did, source: state.source, at })
  await tx.audit.append({ event: 'account.moved-in', actor: 'owner', did, at })
  // The host still has the data of the account, unless it was purged.
  if (former.wasPurged) await announce(context, tx, { kind: 'created', did, handle, at })
  await announce(context, tx, { kind: 'deactivated', did, at })
  const session = await openSession(context, tx, { did, epoch: former.epoch })
  if (inviteCode !== null) await takeInvite(tx, inviteCode)
  return session
}
