import {
  HandleNotAvailable,
  PublicationRefused,
  type PublishedLog,
  type SignedGenesis,
} from '@lexwright/account'
import type { Host } from '../hosts/host.ts'
import { type HostAnswer, HostUnavailable } from '../hosts/host-client.ts'
import type { ClaimedPlacement } from '../store/placement-store.ts'
import {
  type Attempt,
  type CreationParts,
  failure,
  hasAccount,
  mayBeWorking,
  readLog,
  send,
} from './attempt.ts'
import { findOtherHost, pointDidAt, tombstoneDid } from './change-host.ts'

/*
 * The host publishes the DID of a new account before it stores the account. A failure in between leaves a DID without an account,
 * and the same operation cannot be published again. An attempt therefore takes these steps:
 *
 *   claim    only one request in one process works on the account, until the host has answered or the claim expires
 *   ask      after an unanswered operation: the host may already have the account
 *   send     sends the stored operation: the host publishes it and creates the account
 *   update   if the DID is published without its account, or the host has lost the key: stores and sends an update of the DID instead,
 *            with a key that a host reserves for it; that is another host if this one cannot take the account
 *   end      tombstones the DID if no host can take the account
 */

/** Operations sent in one attempt. */
const MAX_SENDS = 4
/**
 * Added to the time limit of an attempt: a claim that outlives both belongs to a dead process, or
 * to a host that never answered.
 */
const LEASE_MARGIN_SECONDS = 30
/** How long hosts are tried before a new account is given up. */
const GIVE_UP_SECONDS = 24 * 60 * 60

/**
 * Creates an account at its host, which publishes its DID.
 *
 * @throws {PublicationRefused} if the creation has failed for good. After any other error the outcome is
 * unknown, and the next attempt continues.
 */
export async function createAtHost(
  parts: CreationParts,
  genesis: SignedGenesis,
  signal: AbortSignal,
): Promise<'published' | PublishedLog> {
  const { extension, placements } = parts
  const { did } = genesis
  const now = await extension.now()
  const leaseSeconds = extension.policy.publicationTimeoutMs / 1000 + LEASE_MARGIN_SECONDS
  const leaseEnd = new Date(now.getTime() + leaseSeconds * 1000)
  const claim = await placements.claim(did, { now, leaseEnd })
  if (claim === undefined) {
    throw new HostUnavailable('The account is being created at its host', { retryAfterSeconds: 5 })
  }
  const attempt: Attempt = {
    ...parts,
    genesis,
    signal,
    handle: claim.handle,
    excluded: new Set(),
    updated: new Set(),
    now,
    unansweredSince: claim.unansweredSince,
    isBusy: false,
  }
  try {
    return await carryOut(attempt, claim)
  } catch (cause) {
    const isOver = now.getTime() - claim.reservedAt.getTime() > GIVE_UP_SECONDS * 1000
    if (cause instanceof PublicationRefused || !isOver) throw cause
    extension.logger.warn(
      { did, host: claim.host },
      'no host accepted a new account within a day; its DID and reservations are released',
    )
    throw await tombstoneDid(attempt, cause)
  } finally {
    if (!attempt.isBusy) await placements.settle(did, attempt)
  }
}

async function carryOut(
  attempt: Attempt,
  claim: ClaimedPlacement,
): Promise<'published' | PublishedLog> {
  const { genesis } = attempt
  const first = await attempt.hosts.byDid(claim.host)
  if (first === undefined) throw new Error(`There is no host ${claim.host}`)
  const isUnanswered = attempt.unansweredSince !== undefined
  if (isUnanswered && (await hasAccount(attempt, first))) return await created(attempt)
  let next: Host | 'again' = 'again'
  if (first.state === 'draining') next = (await findOtherHost(attempt, first)) ?? 'again'
  let host = first
  let { operation } = claim
  for (let turn = 1; ; turn++) {
    if (next !== 'again') {
      host = next
      operation = await pointDidAt(attempt, host)
    }
    const answer = await send(attempt, host, operation)
    if (answer?.status === 200) {
      return operation === genesis.operation ? 'published' : await created(attempt)
    }
    if (answer !== undefined && (await hasAccount(attempt, host))) return await created(attempt)
    const trouble = failure(host, answer)
    const { did } = genesis
    const { logger } = attempt.extension
    logger.warn(
      { did, host: host.did, reason: trouble.message },
      'a host did not create a new account',
    )
    if (turn === MAX_SENDS) throw trouble
    next = await chooseNext(attempt, host, answer)
  }
}

async function created(attempt: Attempt): Promise<PublishedLog> {
  attempt.unansweredSince = undefined
  attempt.isBusy = false
  return { log: await readLog(attempt) }
}

/**
 * Decides how to continue after a failure: with the same operation, or with an update of the DID for the
 * returned host.
 *
 * @throws if the attempt cannot continue now.
 */
async function chooseNext(
  attempt: Attempt,
  host: Host,
  answer: HostAnswer | undefined,
): Promise<'again' | Host> {
  const { client, genesis, handle, signal, updated } = attempt
  const { did } = genesis
  let isTaken = false
  if (answer !== undefined) {
    if (attempt.isBusy || mayBeWorking(attempt)) throw failure(host, answer)
    if (answer.error === 'AlreadyExists') {
      // Files left by an attempt during which the host crashed.
      await client.remove(host, did, signal)
      attempt.unansweredSince = undefined
      return 'again'
    }
    isTaken = await client.isTaken(host, handle, { did, signal })
    const isOurs = answer.status === 400 || (await readLog(attempt)).length > 0
    if (!isTaken && isOurs && !updated.has(host.did)) return host
  }
  const other = await findOtherHost(attempt, host)
  if (other !== undefined) return other
  if (!isTaken) throw failure(host, answer)
  throw await tombstoneDid(
    attempt,
    new HandleNotAvailable('Handle is already taken', { taken: handle }),
  )
}
