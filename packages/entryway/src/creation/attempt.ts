import type {
  DidUpdates,
  IdentityProvider,
  LoggedOperation,
  SignedGenesis,
} from '@lexwright/account'
import type { AccountExtension, Operation } from '@lexwright/account/extension'
import type { Host, Hosts } from '../hosts/host.ts'
import {
  type HostAnswer,
  type HostClient,
  HostUnavailable,
  unexpected,
} from '../hosts/host-client.ts'
import { MAX_WORK_SECONDS } from '../hosts/sign-host.ts'
import type { PlacementStore } from '../store/placement-store.ts'

export interface CreationParts {
  readonly extension: Pick<AccountExtension, 'logger' | 'now' | 'policy' | 'signEnd' | 'signUpdate'>
  readonly directory: IdentityProvider & { readonly updates: DidUpdates }
  readonly hosts: Hosts
  readonly client: HostClient
  readonly placements: PlacementStore
  readonly random: () => number
}

/** An attempt to create an account at a host. */
export interface Attempt extends CreationParts {
  readonly genesis: SignedGenesis
  readonly handle: string
  readonly signal: AbortSignal
  /** Hosts that cannot take the account. */
  readonly excluded: Set<string>
  /** Hosts that an update of the DID was sent to. */
  readonly updated: Set<string>
  /** Start of the attempt. */
  readonly now: Date
  /** When the oldest unanswered operation was sent to the host. */
  unansweredSince: Date | undefined
  /** True while the host may be working on an operation of this attempt. */
  isBusy: boolean
}

/** Sends an operation to a host and returns its answer; undefined if the host cannot be reached. */
export async function send(
  attempt: Attempt,
  host: Host,
  operation: string,
): Promise<HostAnswer | undefined> {
  const { client, extension, genesis, handle, placements, signal } = attempt
  const { did } = genesis
  const isOnly = attempt.unansweredSince === undefined
  if (isOnly) {
    attempt.unansweredSince = await extension.now()
    await placements.noteSending(did, attempt.unansweredSince)
  }
  attempt.isBusy = true
  try {
    const answer = await client.create(host, { did, handle, operation }, signal)
    // Statuses above 500 come from a proxy in between; the host may still be working.
    attempt.isBusy = answer.status > 500
    // After creating the account's files itself, the host has no other request for the account in
    // progress.
    const isOver = answer.status === 200 || answer.status === 500
    const isFirst = isOnly && !attempt.isBusy && answer.error !== 'AlreadyExists'
    if (isOver || isFirst) attempt.unansweredSince = undefined
    return answer
  } catch (cause) {
    if (!(cause instanceof HostUnavailable) || cause.leavesOpen) throw cause
    attempt.isBusy = false
    if (isOnly) attempt.unansweredSince = undefined
    return undefined
  }
}

/** True if a host may still be working on an unanswered operation. */
export function mayBeWorking({ unansweredSince, now }: Attempt): boolean {
  if (unansweredSince === undefined) return false
  return now.getTime() - unansweredSince.getTime() < MAX_WORK_SECONDS * 1000
}

/** True if the host has the account. Removes an account whose repository is lost. */
export async function hasAccount(attempt: Attempt, host: Host): Promise<boolean> {
  const { client, genesis, signal } = attempt
  const state = await client.findRepository(host, genesis.did, signal)
  if (state === 'broken') await client.remove(host, genesis.did, signal)
  return state === 'there'
}

export function readLog({
  directory,
  genesis,
  signal,
}: Attempt): Promise<readonly LoggedOperation[]> {
  return directory.updates.readLog(genesis.did, { signal })
}

export function headOf(log: readonly LoggedOperation[]): Operation | undefined {
  return log.findLast(({ nullified }) => !nullified)?.operation
}

export function failure(host: Host, answer: HostAnswer | undefined): HostUnavailable {
  return answer === undefined
    ? new HostUnavailable(`${host.url} cannot be reached`, { leavesOpen: false })
    : unexpected(host.url, 'com.atproto.server.createAccount', answer)
}
