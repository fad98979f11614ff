import { InvalidRequestError, MethodNotImplementedError } from '@atproto/xrpc-server'
import { isRepoRef } from '@lexwright/generated/types/com/atproto/admin/defs'
import type * as UpdateSubjectStatus from '@lexwright/generated/types/com/atproto/admin/updateSubjectStatus'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { ModeratedSubject, ModerationPort } from '../moderation-port.ts'
import { findSubject, hostedSubject, subjectRef } from './subject.ts'

/** `com.atproto.admin.updateSubjectStatus`: 501 for records and blobs without a repository host. */
export function updateSubjectStatus(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
  moderation: ModerationPort | undefined,
): UpdateSubjectStatus.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ input: { body } }) => {
      const { subject, takedown } = body
      if (isRepoRef(subject)) {
        await updateAccount(operator, subject.did, body)
        const ref = { ...subject, $type: 'com.atproto.admin.defs#repoRef' as const }
        return answer(ref, takedown)
      }
      const hosted = hostedSubject(subject)
      if (hosted === undefined) throw new InvalidRequestError('Invalid subject')
      if (moderation === undefined) throw new MethodNotImplementedError()
      if (takedown !== undefined) await takeDown(moderation, hosted, takedown)
      return answer(subjectRef(hosted), takedown)
    },
  }
}

type Changes = Pick<UpdateSubjectStatus.InputSchema, 'takedown' | 'deactivated'>

function answer(
  subject: UpdateSubjectStatus.OutputSchema['subject'],
  takedown: Changes['takedown'],
) {
  return {
    encoding: 'application/json' as const,
    body: { subject, ...(takedown && { takedown }) },
  }
}

async function takeDown(
  moderation: ModerationPort,
  subject: ModeratedSubject,
  { applied, ref }: NonNullable<Changes['takedown']>,
): Promise<void> {
  await moderation.setTakedown(subject, { applied, ...(ref !== undefined && { ref }) })
}

async function updateAccount(
  operator: AccountOperator,
  named: string,
  { takedown, deactivated }: Changes,
): Promise<void> {
  if (takedown?.applied && deactivated?.applied === false) {
    throw new InvalidRequestError('Cannot activate and takedown an account at the same time')
  }
  const account = await findSubject(operator, named)
  if (account === undefined) throw new InvalidRequestError('Subject not found', 'NotFound')
  const { did } = account
  const isTakenDown = account.disabledAt !== null
  if (isTakenDown && takedown === undefined && deactivated?.applied === false) {
    throw new InvalidRequestError('user not found', 'AccountNotFound')
  }
  if (takedown !== undefined && takedown.applied !== isTakenDown) {
    await (takedown.applied
      ? operator.disableAccount(did, takedown.ref)
      : operator.enableAccount(did))
  }
  const isDeactivated = account.deactivatedAt !== null
  if (deactivated !== undefined && deactivated.applied !== isDeactivated) {
    await (deactivated.applied ? operator.deactivateAccount(did) : operator.activateAccount(did))
  }
}
