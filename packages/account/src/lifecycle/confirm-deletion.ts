import { countSubmission, requestCode, useCode } from '../codes/mail-codes.ts'
import type { ServiceContext } from '../context.ts'
import { WrongCredentials } from '../errors.ts'
import type { Caller } from '../limits/caller.ts'
import { checkOwner } from '../sessions/check-owner.ts'
import { deleteInTransaction } from './delete-account.ts'

export interface ConfirmDeletionRequest {
  readonly did: string
  readonly password: string
  /** The mailed code. */
  readonly token: string
}

/** Mails the code that {@link confirmDeletion} requires. */
export function requestDeletion(
  context: ServiceContext,
  did: string,
  caller: Caller,
): Promise<void> {
  return requestCode(context, { did, purpose: 'delete-account' }, caller)
}

/**
 * Deletes an account by its password and a mailed code, instead of a recent login.
 *
 * @throws {WrongCredentials} @throws {InvalidCode} @throws {ExpiredCode}
 * @throws {RateLimitExceeded}
 */
export async function confirmDeletion(
  context: ServiceContext,
  { did, password, token }: ConfirmDeletionRequest,
  caller: Caller,
): Promise<void> {
  await countSubmission(context, did, caller)
  await checkOwner(context, { did, password }, caller)
  await context.store.transaction(async (tx) => {
    await useCode(context, tx, { did, purpose: 'delete-account', typed: token })
    if (!(await deleteInTransaction(context, tx, { did, actor: 'owner' }))) {
      throw new WrongCredentials('There is no such account')
    }
  })
}
