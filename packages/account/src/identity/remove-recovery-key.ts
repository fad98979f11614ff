import type { ServiceContext, Tx } from '../context.ts'
import { isOperatorKey } from './recovery-key.ts'
import { OBJECTION_SECONDS } from './recovery-key-notice.ts'
import type { UpdateRules } from './update-saga.ts'

/*
 * Anybody can create an account with another person's address and a recovery key of their own. The first reset shows whose the
 * address is, and takes such a key out of the DID. For 72 hours a key of higher rank may object, so the log is read once more
 * after that.
 */

/** For clocks that differ: the window of the directory has ended then. */
const OBJECTION_MARGIN_SECONDS = 60 * 60

/** Records that the owner has shown the address to be theirs, and queues the removal of a key that is older than that. */
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

/** Takes a recovery key out of its DID. */
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
    logger.warn(
      { did, finding },
      'a recovery key could not be removed for good; the identity stays as it is',
    )
  },
}
