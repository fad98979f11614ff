import type { ServiceContext, Tx } from '../context.ts'
import { InvalidInviteCode } from '../errors.ts'

/** True if the code can be used, or none is required. */
export async function isInviteUsable(
  { store, policy }: ServiceContext,
  code: string | null,
): Promise<boolean> {
  if (!policy.inviteRequired) return true
  return code !== null && (await store.invites.isUsable(code))
}

/** @throws {InvalidInviteCode} if the last use has been taken in the meantime. */
export async function takeInvite(tx: Tx, code: string): Promise<void> {
  if (!(await tx.invites.take(code))) throw unusableInvite(code)
}

export async function giveBackInvite(tx: Tx, code: string): Promise<void> {
  await tx.invites.giveBack(code)
}

export function unusableInvite(code: string | null): InvalidInviteCode {
  const isMissing = code === null
  return new InvalidInviteCode('Invite code is missing or cannot be used', { isMissing })
}
