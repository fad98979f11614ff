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
import type { PlacementStore } from '../store/placement-store.ts'

export interface CreationParts {
  readonly extension: Pick<AccountExtension, 'logger' | 'now' | 'policy' | 'signEnd' | 'signUpdate'>
  readonly directory: IdentityProvider & { readonly updates: DidUpdates }
  readonly hosts: Hosts
  readonly client: HostClient
  readonly placements: PlacementStore
  readonly random: () => number
}

/**
 * A host that has not answered may be at work for so long, waiting for the directory. It would remove what another attempt has made
 * if it fails then.
 */
const AT_WORK_SECONDS = 15 * 60
/** An attempt to create an account at a host. */
export interface Attempt extends CreationParts {
  readonly genesis: SignedGenesis
  readonly handle: string
  readonly signal: AbortSignal
  /** Hosts that cannot have the account. */
  readonly excluded: Set<string>
  /** Hosts that an update of the DID was sent to. */
  readonly updated: Set<string>
  /** When it began. */
  readonly now: Date
  /** When the oldest operation was sent that the host has not answered. */
  unansweredSince: Date | undefined
  /** True while the host works on an operation of this attempt. */
  isBusy: boolean
}

/** Sends an operation to a host; gives its answer, or undefined if the host cannot be reached. */
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
    // Above it, a proxy in between answers for a host that may be at work.
    attempt.isBusy = answer.status > 500
    // The host has made the files of the account itself, so no other request is at work on it.
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

/** True if a host may be at work on an operation that it has not answered. */
export function isAtWork({ unansweredSince, now }: Attempt): boolean {
  if (unansweredSince === undefined) return false
  return now.getTime() - unansweredSince.getTime() < AT_WORK_SECONDS * 1000
}

/** Asks a host for the account. Removes what is left of an account whose repository is lost. */
export async function isThere(attempt: Attempt, host: Host): Promise<boolean> {
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
