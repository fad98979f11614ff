import { later, type ServiceContext, type Tx } from '../context.ts'
import type { RecoveryKeyNotice } from '../mail/templates/recovery-key.ts'
import { isOperatorKey } from './recovery-key.ts'

/** How long the holder of a removed key may object under the rules of `did:plc`, in seconds. */
export const OBJECTION_SECONDS: number = 72 * 60 * 60

/**
 * The recovery key to name in a mail about a reset: one that can or could until now change the DID.
 * Undefined if there is none.
 */
export async function describeRecoveryKey(
  context: ServiceContext,
  tx: Tx,
  did: string,
): Promise<{ readonly recoveryKey: RecoveryKeyNotice } | undefined> {
  const state = await tx.didUpdates.findRecoveryKey(did)
  if (state === undefined) return undefined
  const { removal, isEmailConfirmed } = state
  if (removal !== undefined) {
    const { recoveryKey: key, publishedAt } = removal
    if (publishedAt === null) return { recoveryKey: { state: 'leaving', key } }
    const objectionUntil = later(publishedAt, OBJECTION_SECONDS)
    return { recoveryKey: { state: 'removed', key, objectionUntil } }
  }
  const key = state.recoveryKey
  if (key === null || isOperatorKey(context, key)) return undefined
  return { recoveryKey: { state: isEmailConfirmed ? 'kept' : 'unproven', key } }
}
