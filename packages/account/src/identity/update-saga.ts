import { isDeepStrictEqual } from 'node:util'
import type { CompatibleOp } from '@did-plc/lib'
import { later, type ServiceContext, type Tx } from '../context.ts'
import { type Backoff, backoffSeconds } from '../jobs/backoff.ts'
import { adoptLog } from './adopt-log.ts'
import type { ClaimedUpdate } from './did-update-store.ts'
import { type DidUpdates, type LoggedOperation, PublicationRefused } from './identity.ts'
import { type DidData, type Operation, readOperation } from './operation.ts'
import { describeFailure, retryAfterOf, withPublicationTimeout } from './publication.ts'

/*
 * A DID changes in steps like those of a creation:
 *
 *   reserve   a transaction    stores the update and reserves what it needs (a handle, a key)
 *   publish   no transaction   reads the directory's log, then signs, stores and sends an operation on top of it
 *   activate  a transaction    mirrors the log and updates the account, or releases what was reserved
 *
 * The directory's log decides before every step, so any process can resume after another one died.
 * If others have changed the DID in the meantime, the update goes on top of their change, and an
 * objection is not contested.
 */

const BACKOFF: Backoff = { first: 30, max: 60 * 60 }
/** How often another operation on the same DID may come first. */
const MAX_ATTEMPTS = 3

export type { ClaimedUpdate } from './did-update-store.ts'

/** Outcome of an update according to the directory's log. */
export type Finding =
  | 'done'
  /** The DID was already in the desired state. */
  | 'changed-elsewhere'
  /** Undone by a key of higher rank or by a later operation. */
  | 'objected'
  /** The DID has no key of the service any more, or is tombstoned. */
  | 'out-of-reach'
  /** The directory refuses it, or the account must not follow. */
  | 'refused'

/** The rules of one kind of update. */
export interface UpdateRules {
  /** True if the DID is in the desired state. */
  isIn(data: DidData, subject: string): boolean
  change(data: DidData, subject: string): Partial<DidData>
  /** Delay until the log is read again for objections, in seconds after publication. */
  readonly lastLookAfter?: number
  /** True if a refusal ends the update; otherwise it is retried. */
  readonly isOverWhenRefused?: boolean
  /** True if the account may follow a change made by others. Always allowed by default. */
  mayFollow?(context: ServiceContext, claim: ClaimedUpdate): Promise<boolean>
  /**
   * Updates the account, in the transaction that ends the update or begins the wait for its last
   * look.
   */
  finish(context: ServiceContext, tx: Tx, outcome: UpdateOutcome): Promise<void>
}

export interface UpdateOutcome {
  readonly did: string
  readonly subject: string
  readonly finding: Finding
  /** False for a last look. */
  readonly isFirst: boolean
  /** The highest-ranking rotation key that is not the operator's. */
  readonly recoveryKey: string | null
  readonly at: Date
}

/** The state of a tombstoned DID. */
const ENDED: DidData = {
  rotationKeys: [],
  verificationMethods: {},
  alsoKnownAs: [],
  services: {},
}

/** Continues a claimed update; false if it failed and will be retried later. Never rejects. */
export async function settleUpdate(
  context: ServiceContext,
  rules: UpdateRules,
  claim: ClaimedUpdate,
): Promise<boolean> {
  try {
    await carryOut(context, rules, claim)
    return true
  } catch (cause) {
    await postpone(context, claim, cause)
    return false
  }
}

/** Postpones a claimed update. */
export async function postpone(
  { store, clock, logger }: ServiceContext,
  claim: ClaimedUpdate,
  cause: unknown,
): Promise<void> {
  const { did, kind, attempts } = claim
  const reason = describeFailure(cause)
  logger.warn({ did, kind, reason, attempts }, 'a DID could not be changed; it will be retried')
  const pause = Math.max(backoffSeconds(attempts, BACKOFF), retryAfterOf(cause))
  await store.didUpdates.postpone(claim, reason, later(clock.now(), pause))
}

/**
 * Runs the steps of a claimed update.
 *
 * @throws if the outcome is unknown.
 */
export async function carryOut(
  context: ServiceContext,
  rules: UpdateRules,
  claim: ClaimedUpdate,
): Promise<Finding> {
  const { updates } = context.identity
  if (updates === undefined) throw new Error('there is no directory that accepts updates')
  const { finding: found, log } = await withPublicationTimeout(context.policy, (signal) =>
    publishUpdate(context, { updates, rules, claim, signal }),
  )
  const isRefused =
    found === 'changed-elsewhere' && (await rules.mayFollow?.(context, claim)) === false
  const finding = isRefused ? 'refused' : found
  await finish(context, rules, { claim, finding, log })
  return finding
}

interface Publishing {
  readonly updates: DidUpdates
  readonly rules: UpdateRules
  readonly claim: ClaimedUpdate
  readonly signal: AbortSignal
}

interface Published {
  readonly finding: Finding
  readonly log: readonly LoggedOperation[]
}

/** Publishes the update in the directory, if possible. */
async function publishUpdate(context: ServiceContext, step: Publishing): Promise<Published> {
  const { updates, rules, signal } = step
  let { claim } = step
  const { did, subject } = claim
  for (let attempt = 1; ; attempt++) {
    const log = await updates.readLog(did, { signal })
    const head = headOf(log)
    const finding = judge(context, { rules, claim, log })
    if (finding !== undefined) return { finding, log }
    const operation = await signUpdate(context, head, (data) => rules.change(data, subject))
    if (!(await context.store.didUpdates.storeOperation(claim, operation))) {
      throw new Error('another process has taken over the update')
    }
    claim = { ...claim, operation }
    try {
      await updates.send({ did, operation }, { signal })
      return {
        finding: 'done',
        log: [...log, { operation: JSON.parse(operation), nullified: false }],
      }
    } catch (cause) {
      if (!(cause instanceof PublicationRefused) || attempt === MAX_ATTEMPTS) throw cause
      // Another operation came first, or ours is already there: the log shows which.
      const now = await updates.readLog(did, { signal })
      if (now.length > log.length) continue
      if (rules.isOverWhenRefused) return { finding: 'refused', log: now }
      throw cause
    }
  }
}

/** The outcome of an update according to the directory's log; undefined if it is still to be sent. */
function judge(
  { secrets }: ServiceContext,
  {
    rules,
    claim: { subject, operation },
    log,
  }: Pick<Publishing, 'rules' | 'claim'> & Pick<Published, 'log'>,
): Finding | undefined {
  const data = readOperation(headOf(log)) ?? ENDED
  const sent = operation === null ? undefined : JSON.parse(operation)
  const ours = log.find((each) => isDeepStrictEqual(each.operation, sent))
  if (ours?.nullified) return 'objected'
  if (rules.isIn(data, subject)) return ours === undefined ? 'changed-elsewhere' : 'done'
  // A later operation has undone it.
  if (ours !== undefined) return 'objected'
  return data.rotationKeys.includes(secrets.plcRotationKey.did()) ? undefined : 'out-of-reach'
}

function headOf(log: readonly LoggedOperation[]): Operation {
  const head = log.findLast(({ nullified }) => !nullified)?.operation
  if (head === undefined) throw new Error('the directory has no log of the DID')
  return head
}

/** Signs an operation on top of `head`, as JSON text. */
export async function signUpdate(
  { secrets }: Pick<ServiceContext, 'secrets'>,
  head: Operation,
  change: (data: DidData) => Partial<DidData>,
): Promise<string> {
  const { createUpdateOp, def } = await import('@did-plc/lib')
  // Unknown fields must stay: the hash of the head becomes part of the update.
  const isOperation = (value: unknown): value is CompatibleOp =>
    def.compatibleOp.safeParse(value).success
  if (!isOperation(head)) throw new Error('the directory has an operation of an unknown kind')
  const update = await createUpdateOp(head, secrets.plcRotationKey, (now) => {
    const { rotationKeys, alsoKnownAs, ...rest } = change(now)
    return {
      ...now,
      ...rest,
      ...(rotationKeys && { rotationKeys: [...rotationKeys] }),
      ...(alsoKnownAs && { alsoKnownAs: [...alsoKnownAs] }),
    }
  })
  return JSON.stringify(update)
}

/** Signs a tombstone on top of `head`, as JSON text. */
export async function signEnd(
  { secrets }: Pick<ServiceContext, 'secrets'>,
  head: Operation,
): Promise<string> {
  const { addSignature } = await import('@did-plc/lib')
  // An update on top of `head` has the hash that is needed here.
  const { prev } = JSON.parse(await signUpdate({ secrets }, head, () => ({})))
  return JSON.stringify(await addSignature({ type: 'plc_tombstone', prev }, secrets.plcRotationKey))
}

async function finish(
  context: ServiceContext,
  rules: UpdateRules,
  { claim, finding, log }: Published & { readonly claim: ClaimedUpdate },
): Promise<void> {
  const { store, clock } = context
  const { did, subject } = claim
  const at = clock.now()
  const isFirst = !claim.isPublished
  const { lastLookAfter } = rules
  await store.transaction(async (tx) => {
    // First, since it locks the account row, as in every transaction on an account.
    const { recoveryKey } = await adoptLog(context, tx, { did, log, at })
    const isOurs =
      finding === 'done' && isFirst && lastLookAfter !== undefined
        ? await tx.didUpdates.markPublished(claim, { at, lastLookAt: later(at, lastLookAfter) })
        : await tx.didUpdates.remove(claim)
    if (!isOurs) return
    await rules.finish(context, tx, { did, subject, finding, isFirst, recoveryKey, at })
  })
}
