import { setInterval } from 'node:timers/promises'
import { type Backoff, backoffSeconds } from '@lexwright/account/extension'
import type { ForeignPds, Host } from '../hosts/host.ts'
import type { ClaimedMove } from '../store/move-store.ts'
import { copyBlobs } from './copy-blobs.ts'
import type { Route } from './host-copy.ts'
import { MoveError, type MoveProgress, type MoveStep } from './move.ts'
import { checkDid, moveIdentity, moveIdentityBack } from './move-identity.ts'
import { type MoveRun, type MoveRunParts, overtaken } from './move-run.ts'
import { setActive, takeDown } from './set-status.ts'

/*
 * A move consists of repeatable steps, each of which records the next one:
 *
 *   submit       instead of stop, from a PDS that is not a host: checks that the owner has made the DID name the new host
 *   stop         deactivates the account at the old host, so that no write is lost
 *   identity     creates the account at the new host, which publishes the update of its DID; from then on, sessions are for the new host
 *   repository   streams the repository, until both hosts have the same commit
 *   blobs        streams the blobs that the new host lacks
 *   preferences  copies the preferences
 *   activate     activates the account at the new host
 *
 * While the DID still names the old host, a failure reactivates the account there, and the move waits for the operator. From a PDS that is
 * not a host, it waits for the owner. After that, any process retries failed steps, with a pause.
 */

/** Lease of a claim: one not renewed for this long belongs to a dead process. */
export const LEASE_SECONDS = 60
const RENEWAL_MS = 20_000
const PAUSE: Backoff = { first: 10, max: 5 * 60 }
const MAX_COPIES = 3

interface Step {
  readonly next: MoveStep
  readonly run: (move: MoveRun) => Promise<void>
  /** True if `run` records the next step itself. */
  readonly advances?: true
}

const steps: Readonly<Record<Exclude<MoveStep, 'finished'>, Step>> = {
  submit: { next: 'identity', run: awaitOwner },
  stop: { next: 'identity', run: stop },
  identity: { next: 'repository', run: moveIdentity, advances: true },
  repository: { next: 'blobs', run: copyRepository },
  blobs: { next: 'preferences', run: copyBlobs },
  preferences: { next: 'activate', run: copyPreferences },
  activate: { next: 'finished', run: activate },
}

/**
 * Carries out a claimed move.
 *
 * @param options.signal interrupts the move, which any process may then continue.
 * @throws {MoveError}
 */
export async function carryOut(
  parts: MoveRunParts,
  claim: ClaimedMove,
  options: {
    readonly signal?: AbortSignal | undefined
    readonly report?: ((progress: MoveProgress) => void) | undefined
  } = {},
): Promise<void> {
  const { hosts, moves, extension } = parts
  const [from, to] = [await sourceOf(parts, claim), await hosts.byDid(claim.to)]
  if (from === undefined || to === undefined) throw new Error('A host of the move was removed')
  const lost = new AbortController()
  const { signal: interrupted = new AbortController().signal, report = () => {} } = options
  const signal = AbortSignal.any([lost.signal, interrupted])
  const move: MoveRun = {
    ...parts,
    claim,
    report,
    sent: { at: claim.sentAt },
    route: { did: claim.did, from, to, signal },
  }
  const over = new AbortController()
  const renewing = renew(parts, claim, over.signal).catch((cause: unknown) => lost.abort(cause))
  let { step } = claim
  try {
    while (step !== 'finished') {
      const { did, handle } = claim
      report({ did, handle, step })
      signal.throwIfAborted()
      const { run, next, advances } = steps[step]
      await run(move)
      if (!advances && !(await moves.advance(claim, next))) throw overtaken()
      step = next
    }
    const at = await extension.now()
    const { did, handle, from: former, to: present } = claim
    await moves.finish(claim, at)
    await extension.audit({
      event: 'account.moved',
      actor: from.did === undefined ? 'owner' : 'admin',
      did,
      detail: { from: former, to: present },
      at,
    })
    report({ did, handle, step })
  } catch (cause) {
    if (lost.signal.aborted) throw overtaken()
    throw await giveUp(move, { step, cause, isInterrupted: interrupted.aborted })
  } finally {
    over.abort()
    await renewing
  }
}

async function renew({ moves, extension }: MoveRunParts, claim: ClaimedMove, over: AbortSignal) {
  try {
    for await (const _ of setInterval(RENEWAL_MS, undefined, { ref: false, signal: over })) {
      const leaseEnd = new Date((await extension.now()).getTime() + LEASE_SECONDS * 1000)
      if (!(await moves.renew(claim, leaseEnd))) throw overtaken()
    }
  } catch (cause) {
    if (!over.aborted) throw cause
  }
}

/** The old PDS of a move. */
async function sourceOf(
  { hosts }: MoveRunParts,
  { from }: ClaimedMove,
): Promise<Host | ForeignPds | undefined> {
  return from.startsWith('did:') ? await hosts.byDid(from) : { url: from }
}

async function awaitOwner(move: MoveRun): Promise<void> {
  await checkDid(move, [move.route.to])
}

/** Checks that the account can move, then deactivates it at the old host. */
async function stop(move: MoveRun): Promise<void> {
  const { client, route, claim } = move
  const { did, from, to, signal } = route
  const { handle } = claim
  if (from.did === undefined) throw new TypeError('Only a host can be stopped')
  await checkDid(move, [from])
  if ((await client.findRepository(from, did, signal)) !== 'there') {
    throw new MoveError('failed', `${from.url} has no repository of the account`)
  }
  // A copy left by an earlier stay would occupy the handle.
  if ((await client.findRepository(to, did, signal)) !== 'absent') {
    await client.remove(to, did, signal)
  }
  if (handle !== null && (await client.isTaken(to, handle, { did, signal }))) {
    throw new MoveError('failed', `Another account at ${to.url} has the handle`)
  }
  await setActive(move, from, false)
}

/** A PDS that is not a host accepts writes meanwhile, so the repository is copied again. */
async function copyRepository({ copy, route }: MoveRun): Promise<void> {
  const { from, to } = route
  for (let copies = 0; ; copies++) {
    const latest = await copy.findCommit(from, route)
    if ((await copy.findCommit(to, route)) === latest) return
    if (copies === MAX_COPIES) break
    await copy.copyRepository(route)
  }
  throw new MoveError(
    'failed',
    `After copying, ${to.url} has another latest commit than ${from.url}`,
  )
}

/** Only the owner can read preferences at a PDS that is not a host, and has stored them here. */
async function copyPreferences(move: MoveRun): Promise<void> {
  const { arrivals, claim, copy, extension, route } = move
  if (route.from.did !== undefined) return await copy.copyPreferences(route)
  const { did } = claim
  const preferences = await arrivals.findPreferences(did)
  if (preferences === undefined || (await copy.putPreferences(route, preferences))) return
  extension.logger.warn({ did, host: route.to.did }, 'a host refuses the preferences of an account')
}

/**
 * Gives the account at the new host the status it has here. The copied commit is signed by the old host and has an older revision
 * than the new host's first one, so a new commit is added, which the second activation announces. An account from a PDS that is not a
 * host waits for its owner to activate it, and gets its commit before.
 */
async function activate(move: MoveRun): Promise<void> {
  const { accounts, copy, route } = move
  const { did, from, to } = route
  for (let status = ''; ; ) {
    const { status: present } = await accounts.showAccount(did)
    if (present === status) return
    status = present
    if (present === 'active' || (present === 'deactivated' && from.did === undefined)) {
      await setActive(move, to, true)
      await copy.commit(route)
      await setActive(move, to, present === 'active')
    } else {
      await setActive(move, to, false)
      if (present === 'disabled') await takeDown(move, to)
    }
  }
}

interface Failure {
  readonly step: MoveStep
  readonly cause: unknown
  readonly isInterrupted: boolean
}

async function giveUp(move: MoveRun, failure: Failure): Promise<MoveError> {
  const { accounts, claim, extension, moves, route } = move
  const { step, cause, isInterrupted } = failure
  const { did } = claim
  const now = await extension.now()
  if (isInterrupted) {
    await moves.fail(claim, { step, nextAttemptAt: now, lastError: undefined })
    return new MoveError('failed', 'The move was interrupted; it continues by itself', { cause })
  }
  const lease = new Date(now.getTime() + LEASE_SECONDS * 1000)
  // If another process has taken over, the old host must not be reactivated.
  if (!(await moves.renew(claim, lease))) return overtaken()
  const lastError = cause instanceof Error ? cause.message : String(cause)
  const { status } = await accounts.showAccount(did)
  const isBack =
    (step === 'submit' || step === 'stop' || step === 'identity') &&
    (await moveIdentityBack(move, status === 'active').catch((err: unknown) => {
      extension.logger.warn({ did, err }, 'an account could not be reactivated at its old host')
      return false
    }))
  const pause = new Date(now.getTime() + backoffSeconds(claim.attempts, PAUSE) * 1000)
  await moves.fail(claim, {
    step: isBack ? firstStep(route) : step,
    nextAttemptAt: isBack ? undefined : pause,
    lastError,
  })
  extension.logger.warn({ did, step, reason: lastError, ...hostsOf(route) }, 'a move failed')
  const outcome = isBack ? 'the account stays where it was' : 'the move continues by itself'
  return new MoveError('failed', `step ${step}: ${lastError}; ${outcome}`, { cause })
}

function firstStep({ from }: Route): MoveStep {
  return from.did === undefined ? 'submit' : 'stop'
}

function hostsOf({ from, to }: Route): object {
  return { from: from.did ?? from.url, to: to.did }
}
