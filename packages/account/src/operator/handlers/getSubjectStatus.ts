import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as GetSubjectStatus from '@lexwright/generated/types/com/atproto/admin/getSubjectStatus'
import type { AdminAuth } from '../../http/auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AdminVerifier } from './admin-verifier.ts'
import { findSubject } from './subject.ts'

/** `com.atproto.admin.getSubjectStatus` */
export function getSubjectStatus(
  operator: AccountOperator,
  { admin }: AdminVerifier,
): GetSubjectStatus.Config<AdminAuth> {
  return {
    auth: admin,
    handler: async ({ params: { did } }) => {
      const account = did === undefined ? undefined : await findSubject(operator, did)
      if (account === undefined) throw new InvalidRequestError('Subject not found', 'NotFound')
      const { disabledAt, takedownRef: ref, deactivatedAt } = account
      return {
        encoding: 'application/json',
        body: {
          subject: { $type: 'com.atproto.admin.defs#repoRef', did: account.did },
          takedown: { applied: disabledAt !== null, ...(ref !== null && { ref }) },
          deactivated: { applied: deactivatedAt !== null },
        },
      }
    },
  }
}
