import type { Keypair } from '@atproto/crypto'
import type { AccountOperator, DidUpdates, ImportReport } from '@lexwright/account'
import { type AccountExtension, readOperation } from '@lexwright/account/extension'
import type { Host, Hosts } from '../hosts/host.ts'
import { type HostClient, unexpected } from '../hosts/host-client.ts'
import { HostError } from '../operator/host-error.ts'
import type { PlacementStore } from '../store/placement-store.ts'

export interface AdoptionOptions {
  /** DID of the host that has the accounts. */
  readonly host: string
  /**
   * The rotation key of the PDS. In DIDs that lack the entryway's key, it is replaced by that key.
   */
  readonly rotationKey?: Keypair
}

/** The outcome of an import from a host. */
export interface AdoptionReport extends ImportReport {
  /** Accounts placed on the host. */
  readonly placed: number
  /** Imported accounts that could not be placed, with reasons. */
  readonly misplaced: readonly { readonly did: string; readonly reason: string }[]
}

export interface AdoptionParts {
  readonly accounts: Pick<
    AccountOperator,
    'deactivateAccount' | 'disableAccount' | 'importAccounts' | 'showAccount'
  >
  readonly extension: Pick<AccountExtension, 'followLog' | 'rotationKey' | 'signUpdate'>
  readonly updates: DidUpdates
  readonly hosts: Hosts
  readonly client: HostClient
  readonly placements: PlacementStore
}

/** Timeout for the calls of one account, in milliseconds. */
const TIMEOUT_MS = 30_000
/** An account that cannot be placed; the message says why. */
class Misplaced extends Error {
  override readonly name = 'Misplaced'
}

/**
 * Imports the accounts of a PDS that is already a host, and places them there. Idempotent.
 *
 * @throws {HostError} if there is no such host.
 */
export async function adoptAccounts(
  parts: AdoptionParts,
  lines: Iterable<string> | AsyncIterable<string>,
  options: AdoptionOptions,
): Promise<AdoptionReport> {
  const host = await hostOf(parts, options.host)
  const misplaced: { did: string; reason: string }[] = []
  let placed = 0

  /** Places each account after its line has been imported, when the next line is requested. */
  async function* placing(): AsyncGenerator<string> {
    for await (const line of lines) {
      yield line
      const did = didIn(line)
      if (did === undefined || !(await isImported(parts, did))) continue
      try {
        await place(parts, { did, host, signer: options.rotationKey })
        placed++
      } catch (cause) {
        if (!(cause instanceof Error)) throw cause
        misplaced.push({ did, reason: cause.message })
      }
    }
  }

  const report = await parts.accounts.importAccounts(placing())
  return { ...report, placed, misplaced }
}

/** @throws {HostError} */
async function hostOf({ hosts }: AdoptionParts, did: string): Promise<Host> {
  const host = await hosts.byDid(did)
  if (host === undefined)
    throw new HostError('host-unknown', `There is no host ${did}; "pds list" shows all`)
  return host
}

interface Adoption {
  readonly did: string
  readonly host: Host
  readonly signer: Keypair | undefined
}

async function place(parts: AdoptionParts, { did, host, signer }: Adoption): Promise<void> {
  const { extension, placements, updates } = parts
  const known = await placements.find(did)
  if (known !== undefined && known.host !== host.did) {
    throw new Misplaced(`The account is at another host, ${known.host}`)
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const log = await updates.readLog(did, { signal })
  const head = log.findLast(({ nullified }) => !nullified)?.operation
  const data = head && readOperation(head)
  const signingKey = data?.verificationMethods.atproto
  if (head === undefined || data === undefined || signingKey === undefined) {
    throw new Misplaced('The directory does not have the DID')
  }
  const endpoint = data.services.atproto_pds?.endpoint
  if (endpoint !== host.url) throw new Misplaced(`The DID points to ${endpoint ?? 'no PDS'}`)
  if (known === undefined) {
    await placements.insert({ did, host: host.did, signingKey, operation: '' })
    await followStatus(parts, { did, host, signal })
  }
  const { rotationKey } = extension
  if (data.rotationKeys.includes(rotationKey)) {
    await extension.followLog({ did, log }, async () => {})
    return
  }
  if (signer === undefined || !data.rotationKeys.includes(signer.did())) {
    const remedy =
      signer === undefined
        ? 'repeat the import with the rotation key of its PDS'
        : 'the given rotation key is not in it either'
    throw new Misplaced(
      `The DID has no rotation key of this service, so the handle and the PDS of the account cannot change: ${remedy}`,
    )
  }
  const former = signer.did()
  const operation = await extension.signUpdate(
    head,
    ({ rotationKeys }) => ({
      rotationKeys: rotationKeys.map((key) => (key === former ? rotationKey : key)),
    }),
    signer,
  )
  await updates.send({ did, operation }, { signal })
  const changed = await updates.readLog(did, { signal })
  await extension.followLog({ did, log: changed }, async () => {})
}

const STATUS = 'com.atproto.admin.getSubjectStatus'

/** Applies the status of an account at its host: deactivated or taken down. */
async function followStatus(
  { accounts, client }: AdoptionParts,
  {
    did,
    host,
    signal,
  }: { readonly did: string; readonly host: Host; readonly signal: AbortSignal },
): Promise<void> {
  const answer = await client.administer(host, { nsid: STATUS, params: { did }, signal })
  if (answer.status !== 200) throw unexpected(host.url, STATUS, answer)
  const { takedown, deactivated } = answer.body as {
    readonly takedown?: { readonly applied: boolean; readonly ref?: string }
    readonly deactivated?: { readonly applied: boolean }
  }
  const { status } = await accounts.showAccount(did)
  if (status !== 'active') return
  if (deactivated?.applied) await accounts.deactivateAccount(did)
  if (takedown?.applied) await accounts.disableAccount(did, takedown.ref)
}

async function isImported({ accounts }: AdoptionParts, did: string): Promise<boolean> {
  return await accounts.showAccount(did).then(
    ({ status, purgedAt }) => status !== 'pending' && purgedAt === null,
    () => false,
  )
}

/** Undefined for a line that the import refuses. */
function didIn(line: string): string | undefined {
  try {
    const { did } = JSON.parse(line.replace(/^\uFEFF/, ''))
    return typeof did === 'string' ? did : undefined
  } catch {
    return undefined
  }
}
