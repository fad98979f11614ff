import { InvalidRequestError } from '@atproto/xrpc-server'
import type * as GetSubjectStatus from '@lexwright/generated/types/com/atproto/admin/getSubjectStatus'
import type { AdminAuth } from '../../http/auth.ts'
import type { ModeratorAuth, OperatorVerifiers } from '../../http/moderator-auth.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { ModerationPort } from '../moderation-port.ts'
import { findSubject, subjectRef } from './subject.ts'

/** `com.atproto.admin.getSubjectStatus` */
export function getSubjectStatus(
  operator: AccountOperator,
  { moderator }: OperatorVerifiers,
  moderation: ModerationPort | undefined,
): GetSubjectStatus.Config<AdminAuth | ModeratorAuth> {
  return {
    auth: moderator,
    handler: async ({ params }) => {
      const body = isHosted(params)
        ? await hostedStatus(moderation, params)
        : await accountStatus(operator, params.did)
      if (body === undefined) throw new InvalidRequestError('Subject not found', 'NotFound')
      return { encoding: 'application/json', body }
    },
  }
}

function isHosted({ uri, blob }: GetSubjectStatus.QueryParams): boolean {
  return uri !== undefined || blob !== undefined
}

async function hostedStatus(
  moderation: ModerationPort | undefined,
  { did, uri, blob: cid }: GetSubjectStatus.QueryParams,
): Promise<GetSubjectStatus.OutputSchema | undefined> {
  if (cid !== undefined && did === undefined) {
    throw new InvalidRequestError('Must provide a did to request blob state')
  }
  const name =
    cid !== undefined && did !== undefined
      ? ({ kind: 'blob', did, cid } as const)
      : ({ kind: 'record', uri: uri ?? '' } as const)
  const found = await moderation?.describe(name)
  return found && { subject: subjectRef(found.subject), takedown: found.takedown }
}

async function accountStatus(
  operator: AccountOperator,
  did: string | undefined,
): Promise<GetSubjectStatus.OutputSchema | undefined> {
  const account = did === undefined ? undefined : await findSubject(operator, did)
  if (account === undefined) return undefined
  const { disabledAt, deactivatedAt } = account
  // A takedown without a reference is identified by its time.
  const ref = account.takedownRef ?? disabledAt?.toISOString()
  return {
    subject: { $type: 'com.atproto.admin.defs#repoRef', did: account.did },
    takedown: { applied: disabledAt !== null, ...(ref !== undefined && { ref }) },
    deactivated: { applied: deactivatedAt !== null },
  }
}
