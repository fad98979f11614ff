import { announce } from '../changes/announce.ts'
import type { ServiceContext } from '../context.ts'
import { claimHandle, isHandleFree } from '../handles/claim-handle.ts'
import { queueLogRefresh } from '../identity/reserve-update.ts'
import type { ImportedAccount, MetAccount } from './import-store.ts'
import { type ImportProblem, parseImportLine } from './imported-account.ts'

export type { ImportProblem } from './imported-account.ts'

/** The outcome of an import. */
export interface ImportReport {
  readonly imported: number
  /** Accounts that already existed, from this file or an earlier run. */
  readonly present: number
  /** Lines skipped. */
  readonly refused: number
  /** The problems, in the order of the lines; a line may have several. */
  readonly problems: readonly ImportProblem[]
}

/**
 * Imports accounts of another service, one JSON object per line. Each line is one transaction:
 * imported completely or not at all. A repeated run skips the accounts of the first.
 *
 * No sessions are created. Hashes are upgraded at the next login. DIDs stay unchanged in their
 * directory, and signing keys stay where they are: this service can change a DID only if its
 * rotation key is in it.
 */
export async function importAccounts(
  context: ServiceContext,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<ImportReport> {
  const problems: ImportProblem[] = []
  const counts = { imported: 0, present: 0, refused: 0 }
  let line = 0
  for await (const text of lines) {
    line += 1
    // Some editors put a byte-order mark before the first line.
    const content = (line === 1 ? text.replace(/^\uFEFF/, '') : text).trim()
    if (content === '') continue
    const parsed = parseImportLine(content, {
      now: context.clock.now(),
      reserved: context.policy.handles.reserved,
    })
    const outcome =
      'faults' in parsed ? parsed.faults : await importAccount(context, parsed.account)
    if (typeof outcome === 'string') counts[outcome] += 1
    else {
      counts.refused += 1
      for (const fault of outcome) problems.push({ line, ...fault })
    }
  }
  return { ...counts, problems }
}

async function importAccount(
  context: ServiceContext,
  account: ImportedAccount,
): Promise<'imported' | 'present' | readonly Omit<ImportProblem, 'line'>[]> {
  const { store, clock } = context
  const { did, handle } = account
  return await store.transaction(async (tx) => {
    const at = clock.now()
    const isFree = await isHandleFree({ store: tx, clock }, handle)
    if (isFree && (await tx.imports.insert(account, at))) {
      await claimHandle(context, tx, { did, handle })
      if (did.startsWith('did:plc:')) await queueLogRefresh({ clock }, tx, did)
      await tx.audit.append({ event: 'account.imported', actor: 'admin', did, at })
      await announce(context, tx, { kind: 'created', did, handle, at })
      return 'imported'
    }
    return judge(account, await tx.imports.findMet(account), isFree)
  })
}

/** Recognizes an account that is already here, or reports its conflicts. */
function judge(
  { did, handle, emailCanonical }: ImportedAccount,
  met: readonly MetAccount[],
  isHandleFree: boolean,
): 'present' | readonly Omit<ImportProblem, 'line'>[] {
  const same = met.find((each) => each.did === did)
  if (same?.handle === handle && same.emailCanonical === emailCanonical) return 'present'
  if (same !== undefined) {
    return [{ field: 'did', message: 'already exists with another handle or email' }]
  }
  const taken = [
    { field: 'handle', isTaken: !isHandleFree },
    { field: 'email', isTaken: met.some((each) => each.emailCanonical === emailCanonical) },
  ]
  return taken.flatMap(({ field, isTaken }) =>
    isTaken ? [{ field, message: 'belongs to another account' }] : [],
  )
}
