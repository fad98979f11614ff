import { isRepoBlobRef } from '@lexwright/generated/types/com/atproto/admin/defs'
import type { OutputSchemaSubject } from '@lexwright/generated/types/com/atproto/admin/getSubjectStatus'
import { isMain as isStrongRef } from '@lexwright/generated/types/com/atproto/repo/strongRef'
import { AccountNotFound } from '../../errors.ts'
import type { AccountOperator } from '../account-operator.ts'
import type { AccountSummary } from '../find-accounts.ts'
import type { ModeratedSubject } from '../moderation-port.ts'

/** The account of a moderation subject; undefined if there is none. */
export async function findSubject(
  operator: AccountOperator,
  did: string,
): Promise<AccountSummary | undefined> {
  try {
    return await operator.showAccount(did)
  } catch (error) {
    if (error instanceof AccountNotFound) return undefined
    throw error
  }
}

/** The record or blob in a request; undefined for other subjects. */
export function hostedSubject(subject: OutputSchemaSubject): ModeratedSubject | undefined {
  if (isStrongRef(subject)) return { kind: 'record', uri: subject.uri, cid: subject.cid }
  if (!isRepoBlobRef(subject)) return undefined
  const { did, cid, recordUri } = subject
  return { kind: 'blob', did, cid, ...(recordUri !== undefined && { recordUri }) }
}

/** The subject in the form of an answer. */
export function subjectRef({ kind, ...subject }: ModeratedSubject): OutputSchemaSubject {
  const $type =
    kind === 'record' ? 'com.atproto.repo.strongRef' : 'com.atproto.admin.defs#repoBlobRef'
  return { $type, ...subject }
}
