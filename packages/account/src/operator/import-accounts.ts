import { announce } from '../changes/announce.ts'
import type { ServiceContext } from '../context.ts'
import { claimHandle, isHandleFree } from '../handles/claim-handle.ts'
import { queueLook } from '../identity/reserve-update.ts'
import type { ImportedAccount, MetAccount } from './import-store.ts'
import { type ImportProblem, parseImportLine } from './imported-account.ts'

export type { ImportProblem } from './imported-account.ts'

/** The outcome of an import. */
export interface ImportReport {
  readonly imported: number
  /** Accounts that were here already, from this file or from a run before. */
  readonly present: number
  /** Lines that were left out. */
  readonly refused: number
  /** Why, in the order of the lines; a line may have several. */
  readonly problems: readonly ImportProblem[]
}

/**
 * Takes over accounts of another service, one JSON object a line. Each line is a transaction of its own: imported with
 * everything that belongs to it, or not at all. A second run finds what the first one has done and goes on.
 *
 * Nobody is logged in by it. Hashes are replaced at the next login. DIDs stay as they are in their directory, and signing keys stay
 * where they are: this service can change a DID only if its rotation key is in it.
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
    // Editors put a byte-order mark before the first line.
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
      await claimHandle({ clock }, tx, { did, handle })
      if (did.startsWith('did:plc:')) await queueLook({ clock }, tx, did)
      await tx.audit.append({ event: 'account.imported', actor: 'admin', did, at })
      await announce(context, tx, { kind: 'created', did, handle, at })
      return 'imported'
    }
    return judge(account, await tx.imports.findMet(account), isFree)
  })
}

/** An account that is here already, or what it has in common with others. */
function judge(
  { did, handle, emailCanonical }: ImportedAccount,
  met: readonly MetAccount[],
  isHandleFree: boolean,
): 'present' | readonly Omit<ImportProblem, 'line'>[] {
  const same = met.find((each) => each.did === did)
  if (same?.handle === handle && same.emailCanonical === emailCanonical) return 'present'
  if (same !== undefined) {
    return [{ field: 'did', message: 'is here already, with another handle or email' }]
  }
  const taken = [
    { field: 'handle', isTaken: !isHandleFree },
    { field: 'email', isTaken: met.some((each) => each.emailCanonical === emailCanonical) },
  ]
  return taken.flatMap(({ field, isTaken }) =>
    isTaken ? [{ field, message: 'belongs to another account' }] : [],
  )
}
