import type { ServiceContext } from '../context.ts'
import { randomCode } from '../crypto/codes.ts'
import { queueResetMail } from '../password-reset/request-password-reset.ts'
import { checkRequest } from './check-request.ts'
import { findOrReserve } from './create-account.ts'
import { activateForOwner } from './creation-saga.ts'

/** An account that the operator creates for somebody. */
export interface OwnedAccountRequest {
  readonly handle: string
  readonly email: string
  /** If omitted, the owner is mailed a code to choose one. */
  readonly password?: string | undefined
}

/**
 * Creates an account without a session, an invite code or a limit; its handle may be reserved. An
 * interrupted request can be repeated.
 *
 * @returns the DID.
 * @throws {AccountError}
 */
export async function createForOwner(
  context: ServiceContext,
  { handle, email, password }: OwnedAccountRequest,
): Promise<string> {
  const { policy, random } = context
  const lenient: ServiceContext = {
    ...context,
    policy: {
      ...policy,
      inviteRequired: false,
      handles: { ...policy.handles, reserved: new Set() },
    },
  }
  const wanted = await checkRequest(lenient.policy, {
    handle,
    email,
    password: password ?? `${randomCode(random)}-${randomCode(random)}`,
  })
  // Nobody knows a generated password, so it cannot identify an interrupted request of the
  // operator.
  const reservation = await findOrReserve(lenient, wanted, {
    caller: null,
    isPasswordKnown: password !== undefined,
  })
  await activateForOwner(lenient, reservation, async (tx) => {
    if (password !== undefined) return
    await queueResetMail(lenient, tx, { email: wanted.email.typed, delay: 0 })
  })
  return reservation.did
}
