import { InvalidRequestError } from '@atproto/xrpc-server'
import { isRepoRef } from '@lexwright/generated/types/com/atproto/admin/defs'
import type * as UpdateSubjectStatus from '@lexwright/generated/types/com/atproto/admin/updateSubjectStatus'
import type { AdminAuth } from '../../http/auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AdminVerifier } from './admin-verifier.ts'
import { findSubject } from './subject.ts'

/** `com.atproto.admin.updateSubjectStatus` */
export function updateSubjectStatus(
  operator: AccountOperator,
  { admin }: AdminVerifier,
): UpdateSubjectStatus.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ input: { body } }) => {
      const { subject, takedown, deactivated } = body
      // Records and blobs are the host's, which registers a handler of its own for them.
      if (!isRepoRef(subject)) throw new InvalidRequestError('Invalid subject')
      if (takedown?.applied && deactivated?.applied === false) {
        throw new InvalidRequestError('Cannot activate and takedown an account at the same time')
      }
      const account = await findSubject(operator, subject.did)
      if (account === undefined) throw new InvalidRequestError('Subject not found', 'NotFound')
      const { did } = account
      const isTakenDown = account.disabledAt !== null
      if (takedown !== undefined && takedown.applied !== isTakenDown) {
        await (takedown.applied
          ? operator.disableAccount(did, takedown.ref)
          : operator.enableAccount(did))
      }
      const isDeactivated = account.deactivatedAt !== null
      if (deactivated !== undefined && deactivated.applied !== isDeactivated) {
        await (deactivated.applied
          ? operator.deactivateAccount(did)
          : operator.activateAccount(did))
      }
      return {
        encoding: 'application/json',
        body: {
          subject: { ...subject, $type: 'com.atproto.admin.defs#repoRef' },
          ...(takedown && { takedown }),
        },
      }
    },
  }
}
