import type { ServiceContext } from '../context.ts'
import { IdentityRefused, TemporarilyUnavailable } from '../errors.ts'
import { retryAfterOf } from './publication.ts'
import { type ClaimedUpdate, carryOut, postpone, type UpdateRules } from './update-saga.ts'

/**
 * Runs the steps of an update while the caller waits.
 *
 * @throws {IdentityRefused} @throws {TemporarilyUnavailable} The update is finished or undone
 * later.
 */
export async function publishNow(
  context: ServiceContext,
  rules: UpdateRules,
  claim: ClaimedUpdate,
): Promise<void> {
  const finding = await carryOut(context, rules, claim).catch(async (cause: unknown) => {
    await postpone(context, claim, cause)
    throw new TemporarilyUnavailable(
      'The identity directory cannot be reached; the same request can be sent again',
      { cause, retryAfterSeconds: retryAfterOf(cause) || 10, part: 'directory' },
    )
  })
  if (finding === 'done' || finding === 'changed-elsewhere') return
  throw new IdentityRefused('The identity directory refused the change')
}
