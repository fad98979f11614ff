import { isDeepStrictEqual } from 'node:util'
import type { CompatibleOp } from '@did-plc/lib'
import { later, type ServiceContext, type Tx } from '../context.ts'
import { type Backoff, backoffSeconds } from '../jobs/backoff.ts'
import type { DidUpdates, LoggedOperation } from './identity.ts'
import type { ClaimedKeyRemoval } from './key-removal-store.ts'
import { describeFailure, publicationLease, retryAfterOf, withinPatience } from './publication.ts'
import { isOperatorKey } from './recovery-key.ts'
import { OBJECTION_SECONDS } from './recovery-key-notice.ts'

/*
 * Anybody can create an account with another person's address and a recovery key of their own. The first reset shows whose the
 * address is, and takes such a key out of the DID, in steps like those of a creation:
 *
 *   reserve   a transaction    the one that resets the password also queues the removal
 *   act       no transaction   the log of the directory is read, and an update on top of it signed, stored and sent
 *   finish    a transaction    what the directory has is stored
 *   look      72 hours later   a key of higher rank may have objected until then
 *
 * The log of the directory decides after every step, so any process may go on where another one died. An identity that others
 * have changed meanwhile is taken as it is: an objection is not answered by another update.
 */

const BATCH = 8
const BACKOFF: Backoff = { first: 30, max: 60 * 60 }
/** For clocks that differ: the window of the directory has ended then. */
const OBJECTION_MARGIN_SECONDS = 60 * 60

/** The end of one recovery key's removal. */
type Finding =
  | 'removed'
  /** The key of the DID was replaced, or dropped, by somebody else. */
  | 'changed-elsewhere'
  | 'objected'
  /** The service has no key in the DID any more, or the DID was ended. */
  | 'out-of-reach'

/** Records that the owner has shown the address to be theirs, and queues the removal of a key that is older than that. */
export async function removeUnprovenKey(
  context: ServiceContext,
  tx: Tx,
  { did, at }: { readonly did: string; readonly at: Date },
): Promise<void> {
  const confirmed = await tx.accounts.confirmEmail(did, at)
  const recoveryKey = confirmed?.recoveryKey ?? null
  if (recoveryKey === null || isOperatorKey(context, recoveryKey)) return
  await tx.keyRemovals.insert({ did, recoveryKey, dueAt: at })
  await tx.audit.append({ event: 'recovery-key.removal-began', actor: 'system', did, at })
}

/** Counts of the removals that were due, by outcome. */
export interface KeyRemovalReport {
  /** The directory has the update, or was found to need none. */
  readonly settled: number
  /** To be tried again later. */
  readonly failed: number
}

/**
 * Carries on with every removal that is due. A claim is a lease, so that processes side by side share the work.
 *
 * @param options.evenLater also what failed lately and would only be tried again later.
 */
export async function removeRecoveryKeys(
  context: ServiceContext,
  options: { readonly evenLater?: boolean } = {},
): Promise<KeyRemovalReport> {
  const { store, clock, policy, identity } = context
  const { updates } = identity
  const report = { settled: 0, failed: 0 }
  if (updates === undefined) return report
  if (options.evenLater) await store.keyRemovals.bringForward(clock.now())
  for (;;) {
    const now = clock.now()
    const claimed = await store.keyRemovals.claim({
      now,
      leaseEnd: later(now, publicationLease(policy)),
      limit: BATCH,
    })
    const outcomes = await Promise.all(claimed.map((claim) => settle(context, updates, claim)))
    for (const outcome of outcomes) report[outcome]++
    // The rest would fare alike, after as long a wait.
    if (outcomes.every((outcome) => outcome === 'failed')) return report
  }
}

async function settle(
  context: ServiceContext,
  updates: DidUpdates,
  claim: ClaimedKeyRemoval,
): Promise<keyof KeyRemovalReport> {
  const { store, clock, logger, policy } = context
  const { did, attempts } = claim
  try {
    const { finding, head } = await withinPatience(policy, (signal) =>
      act(context, updates, { claim, signal }),
    )
    await finish(context, claim, { finding, key: strangersKey(context, head) })
    return 'settled'
  } catch (cause) {
    const reason = describeFailure(cause)
    logger.warn({ did, reason, attempts }, 'a recovery key could not be removed; it is tried again')
    await store.keyRemovals.postpone(
      claim,
      reason,
      later(clock.now(), Math.max(backoffSeconds(attempts, BACKOFF), retryAfterOf(cause))),
    )
    return 'failed'
  }
}

interface Found {
  readonly finding: Finding
  /** The latest operation of the DID. */
  readonly head: Operation
}

type Operation = LoggedOperation['operation']

/** Sees to it that the directory has the update, as far as it can. */
async function act(
  context: ServiceContext,
  updates: DidUpdates,
  { claim, signal }: { readonly claim: ClaimedKeyRemoval; readonly signal: AbortSignal },
): Promise<Found> {
  const { did, recoveryKey } = claim
  const before = judge(context, claim, await updates.readLog(did, { signal }))
  if (before.finding !== undefined) return { ...before, finding: before.finding }
  const operation = await signRemoval(context, before.head, recoveryKey)
  if (!(await context.store.keyRemovals.storeOperation(claim, operation))) {
    throw new Error('another process carries on with it')
  }
  await updates.send({ did, operation }, { signal })
  return { finding: 'removed', head: JSON.parse(operation) }
}

/** The state of a removal by the directory's log; without a finding, the update is still to be sent. */
function judge(
  { secrets }: ServiceContext,
  { recoveryKey, operation }: ClaimedKeyRemoval,
  log: readonly LoggedOperation[],
): { readonly finding: Finding | undefined; readonly head: Operation } {
  const head = log.findLast(({ nullified }) => !nullified)?.operation
  if (head === undefined) throw new Error('the directory has no log of the DID')
  const sent = operation === null ? undefined : JSON.parse(operation)
  const ours = log.find((each) => isDeepStrictEqual(each.operation, sent))
  if (ours?.nullified) return { finding: 'objected', head }
  const keys = rotationKeys(head)
  if (!keys.includes(recoveryKey)) {
    return { finding: ours === undefined ? 'changed-elsewhere' : 'removed', head }
  }
  // The owner has put it back.
  if (ours !== undefined) return { finding: 'objected', head }
  const isInReach = keys.includes(secrets.plcRotationKey.did())
  return { finding: isInReach ? undefined : 'out-of-reach', head }
}

async function signRemoval(
  { secrets }: ServiceContext,
  head: Operation,
  recoveryKey: string,
): Promise<string> {
  const { def, updateRotationKeysOp } = await import('@did-plc/lib')
  // As it is, with what this library may not know: its hash becomes part of the update.
  const isOperation = (value: unknown): value is CompatibleOp =>
    def.compatibleOp.safeParse(value).success
  if (!isOperation(head)) throw new Error('the directory has an operation of an unknown kind')
  const update = await updateRotationKeysOp(
    head,
    secrets.plcRotationKey,
    rotationKeys(head).filter((key) => key !== recoveryKey),
  )
  return JSON.stringify(update)
}

async function finish(
  { store, clock, logger }: ServiceContext,
  claim: ClaimedKeyRemoval,
  { finding, key }: { readonly finding: Finding; readonly key: string | null },
): Promise<void> {
  const { did } = claim
  const at = clock.now()
  const isFirst = finding === 'removed' && !claim.isPublished
  await store.transaction(async (tx) => {
    // First, as in every transaction about an account: it locks the row.
    await tx.keyRemovals.adoptKey(did, key)
    const isOurs = isFirst
      ? await tx.keyRemovals.markPublished(claim, {
          at,
          lastLookAt: later(at, OBJECTION_SECONDS + OBJECTION_MARGIN_SECONDS),
        })
      : await tx.keyRemovals.remove(claim)
    if (!isOurs) return
    if (isFirst) {
      await tx.audit.append({ event: 'recovery-key.removed', actor: 'system', did, at })
    } else if (finding !== 'removed') {
      await tx.audit.append({
        event: 'identity.adopted',
        actor: 'system',
        did,
        detail: { finding, hasRecoveryKey: key !== null },
        at,
      })
      if (key !== null) await tx.outbox.add('recovery-key-kept', did, at)
    }
  })
  if (finding === 'removed') return
  logger.warn(
    { did, finding },
    'a recovery key could not be removed for good; the identity stays as it is',
  )
}

/** The mightiest rotation key of a DID that is not the operator's. */
function strangersKey(context: ServiceContext, head: Operation): string | null {
  return rotationKeys(head).find((key) => !isOperatorKey(context, key)) ?? null
}

/** Operations of the first kind have one recovery key and one signing key; a tombstone has none. */
function rotationKeys({ rotationKeys: keys, recoveryKey, signingKey }: Operation): string[] {
  const all: readonly unknown[] = Array.isArray(keys) ? keys : [recoveryKey, signingKey]
  return all.filter((key) => typeof key === 'string')
}
