import type { ServiceContext, Tx } from '../context.ts'
import { isOperatorKey } from './recovery-key.ts'
import { OBJECTION_SECONDS } from './recovery-key-notice.ts'
import type { UpdateRules } from './update-saga.ts'

/*
 * Anybody can create an account with another person's address and a recovery key of their own. The
 * first reset proves who owns the address and removes such a key from the DID. A key of higher rank
 * may object for 72 hours, so the log is read again afterwards.
 */

/** Allows for clock differences: the directory's window has ended by then. */
const OBJECTION_MARGIN_SECONDS = 60 * 60

/** Records that the address is proven, and queues the removal of an earlier recovery key. */
export async function removeUnprovenKey(
  context: ServiceContext,
  tx: Tx,
  { did, at }: { readonly did: string; readonly at: Date },
): Promise<void> {
  const confirmed = await tx.accounts.confirmEmail(did, at)
  const recoveryKey = confirmed?.recoveryKey ?? null
  if (recoveryKey === null || isOperatorKey(context, recoveryKey)) return
  await tx.didUpdates.insert({ did, kind: 'recovery-key', subject: recoveryKey, dueAt: at })
  await tx.audit.append({ event: 'recovery-key.removal-began', actor: 'system', did, at })
}

/** Removes a recovery key from its DID. */
export const recoveryKeyRemoval: UpdateRules = {
  isIn: ({ rotationKeys }, key) => !rotationKeys.includes(key),
  change: ({ rotationKeys }, key) => ({
    rotationKeys: rotationKeys.filter((each) => each !== key),
  }),
  lastLookAfter: OBJECTION_SECONDS + OBJECTION_MARGIN_SECONDS,
  finish: async ({ logger }, tx, { did, finding, isFirst, recoveryKey, at }) => {
    if (finding === 'done') {
      if (!isFirst) return
      await tx.audit.append({ event: 'recovery-key.removed', actor: 'system', did, at })
      return
    }
    await tx.audit.append({
      event: 'identity.adopted',
      actor: 'system',
      did,
      detail: { finding, hasRecoveryKey: recoveryKey !== null },
      at,
    })
    if (recoveryKey !== null) await tx.outbox.add('recovery-key-kept', did, at)
    logger.warn({ did, finding }, 'a recovery key could not be removed; the identity is unchanged')
  },
}
