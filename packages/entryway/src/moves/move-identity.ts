import type { LoggedOperation } from '@lexwright/account'
import { type DidData, type Operation, readOperation } from '@lexwright/account/extension'
import type { ForeignPds, Host } from '../hosts/host.ts'
import { unexpected } from '../hosts/host-client.ts'
import { MAX_WORK_SECONDS, signHost } from '../hosts/sign-host.ts'
import { followDid } from '../store/store.ts'
import { MoveError } from './move.ts'
import { type MoveRun, overtaken } from './move-run.ts'
import { setActive } from './set-status.ts'

/*
 * An official PDS behind an entryway creates an account from an operation that points its DID there, and publishes that operation. So
 * the identity moves before the data. The log of the DID and the new host decide how to continue.
 */

/** Operations sent in one attempt. */
const MAX_SENDS = 3

/**
 * Checks that the DID of the account names one of the given PDSes, and that this service can change
 * it.
 */
export async function checkDid(
  move: MoveRun,
  pdses: readonly (Host | ForeignPds)[],
): Promise<Operation> {
  const { extension } = move
  const head = await headOf(move)
  const { rotationKeys, services } = dataOf(head)
  const endpoint = services.atproto_pds?.endpoint
  if (!pdses.some(({ url }) => url === endpoint)) {
    throw new MoveError('failed', `The DID points to ${endpoint ?? 'no PDS'}`)
  }
  if (rotationKeys.includes(extension.rotationKey)) return head
  throw new MoveError('failed', 'The DID has no rotation key of this service')
}

/** Creates the account at the new host, deactivated, and records the new host here. */
export async function moveIdentity(move: MoveRun): Promise<void> {
  const { claim, extension, route, updates } = move
  const { did, to, signal } = route
  for (let turn = 1; !(await isCreated(move)); turn++) await create(move, turn)
  await setActive(move, to, false)
  const log = await updates.readLog(did, { signal })
  const signingKey = dataOf(headIn(log)).verificationMethods.atproto
  if (signingKey === undefined) throw new MoveError('failed', 'The DID has no signing key')
  await extension.followLog({ did, log }, async (queries) => {
    if (!(await followDid(queries, claim, signingKey))) throw overtaken()
  })
}

/**
 * Points the DID back to the old host if necessary, and reactivates the account there. Changes
 * nothing at a PDS that is not a host.
 *
 * @returns false if the new host has the account, or may be creating it.
 */
export async function moveIdentityBack(move: MoveRun, isActive: boolean): Promise<boolean> {
  const { client, extension, placements, route, sent, updates } = move
  const { did, from, to, signal } = route
  if (sent.at !== undefined) return false
  const head = await headOf(move)
  const endpoint = endpointOf(head)
  // Only the owner can point it back to a PDS that is not a host.
  if (from.did === undefined) return endpoint !== to.url
  // The owner has pointed the DID elsewhere.
  if (endpoint !== from.url && endpoint !== to.url) return true
  if (endpoint === to.url) {
    if ((await client.findRepository(to, did, signal)) === 'there') return false
    const place = await placements.find(did)
    if (place === undefined) return false
    const { signingKey } = place
    const operation = await signHost(extension, head, { signingKey, endpoint: from.url })
    await updates.send({ did, operation }, { signal })
  }
  if (isActive) await setActive(move, from, true)
  return true
}

/**
 * True if the new host has the account and the DID names it. Removes a copy left by an earlier
 * stay.
 */
async function isCreated(move: MoveRun): Promise<boolean> {
  const { client, route } = move
  const { did, to, signal } = route
  const state = await client.findRepository(to, did, signal)
  if (state === 'there' && endpointOf(await headOf(move)) === to.url) return true
  if (state !== 'absent') await client.remove(to, did, signal)
  return false
}

async function create(move: MoveRun, turn: number): Promise<void> {
  const { client, extension, route, sent } = move
  const { did, from, to, signal } = route
  const now = await extension.now()
  const unanswered = sent.at === undefined ? undefined : now.getTime() - sent.at.getTime()
  if (unanswered !== undefined && unanswered < MAX_WORK_SECONDS * 1000) {
    throw new MoveError('failed', `${to.url} has not answered and may be creating the account`)
  }
  const head = await checkDid(move, from.did === undefined ? [to] : [from, to])
  const handle = dataOf(head).alsoKnownAs.find((name) => name.startsWith('at://'))
  if (handle === undefined) throw new MoveError('failed', 'The DID has no handle')
  const signingKey = await client.reserveKey(to, { did, signal })
  const operation = await signHost(extension, head, { signingKey, endpoint: to.url })
  await noteSending(move, now)
  const repository = { did, handle: handle.slice('at://'.length), operation }
  const answer = await client.create(to, repository, signal).catch(async (cause: unknown) => {
    if (isOver(cause)) await noteSending(move, undefined)
    throw cause
  })
  // Statuses above 500 come from a proxy in between; the host may still be working.
  if (answer.status <= 500) await noteSending(move, undefined)
  if (answer.status === 200) return
  // Files left by an attempt during which the host crashed.
  if (answer.error === 'AlreadyExists') await client.remove(to, did, signal)
  if (turn === MAX_SENDS || answer.status > 500) {
    throw unexpected(to.url, 'com.atproto.server.createAccount', answer)
  }
}

async function noteSending({ claim, moves, sent }: MoveRun, at: Date | undefined): Promise<void> {
  sent.at = at
  await moves.noteSending(claim, at)
}

/** True if the host is not working on the request: it never arrived, or was answered. */
function isOver(cause: unknown): boolean {
  return cause instanceof Error && 'leavesOpen' in cause && cause.leavesOpen === false
}

function endpointOf(head: Operation): string | undefined {
  return dataOf(head).services.atproto_pds?.endpoint
}

async function headOf({ route, updates }: MoveRun): Promise<Operation> {
  const { did, signal } = route
  return headIn(await updates.readLog(did, { signal }))
}

function headIn(log: readonly LoggedOperation[]): Operation {
  const head = log.findLast(({ nullified }) => !nullified)?.operation
  if (head === undefined) throw new MoveError('failed', 'The directory does not have the DID')
  return head
}

function dataOf(head: Operation): DidData {
  const data = readOperation(head)
  if (data === undefined) throw new MoveError('failed', 'The DID is tombstoned')
  return data
}
