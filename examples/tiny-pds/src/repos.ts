import { TID } from '@atproto/common-web'
import { parseCid } from '@atproto/lex-data'
import * as atproto from '@atproto/repo'
import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import type { AccountKeys } from '@lexwright/account'
import { sql } from 'kysely'
import { InvalidSwapError } from '../generated/types/com/atproto/repo/applyWrites.ts'
import { insertBlocks, RepoBlocks, removeBlocks } from './blocks.ts'
import type { Database } from './database.ts'
import { appendEvent, appendSync } from './events.ts'
import { readImport } from './import.ts'
import { changeRecords, insertRecords } from './records.ts'
import { findRepo, moveHead, type RepoState } from './repo-state.ts'
import { pathOf, planWrites, type Step, type Write } from './writes.ts'

export type Repos = ReturnType<typeof createRepos>

/** Maximum size of a commit in the event stream. */
const MAX_COMMIT_BYTES = 2_000_000
const MAX_ATTEMPTS = 100

/**
 * Changes repositories. A commit is made and signed outside any transaction, from the state that was read. One transaction then
 * moves the head from exactly that state and writes blocks, records and the event, or the change is retried.
 */
export function createRepos(db: Database, keys: Pick<AccountKeys, 'sign'>, onCommit: () => void) {
  /** Signs with the account's key, which stays in the account module. */
  const signerOf = (did: string) => ({
    jwtAlg: 'ES256K',
    did: () => did,
    sign: (bytes: Uint8Array) => keys.sign(did, bytes),
  })

  /** Retries a change until it applies to the latest state. The first change to an active account creates its repository. */
  async function change<Result>(did: string, make: (state: RepoState) => Promise<Result>) {
    for (let attempt = 1; ; attempt++) {
      const state = await findRepo(db, did, did)
      try {
        if (state.head !== null || state.status !== 'active') return await make(state)
        await createEmpty(state)
      } catch (error) {
        // If the state has changed meanwhile, the error may be obsolete: blocks may be gone, or a
        // refused write be valid by now.
        const { head, status } = await findRepo(db, did, did)
        const hasMoved = head !== state.head || status !== state.status
        if (!hasMoved || attempt === MAX_ATTEMPTS) throw error
      }
    }
  }

  async function createEmpty(state: RepoState): Promise<void> {
    const { did } = state
    const nothing = new atproto.MemoryBlockstore()
    const made = await atproto.Repo.formatInitCommit(nothing, did, signerOf(did))
    const { cid, rev, newBlocks } = made
    await db.transaction().execute(async (tx) => {
      await moveHead(tx, state, { cid, rev })
      await insertBlocks(tx, { did, rev, blocks: newBlocks })
      await appendSync(tx, did)
    })
    onCommit()
  }

  async function commit(state: RepoState, steps: readonly Step[]) {
    const { did } = state
    const stored = new RepoBlocks(db, state)
    const repo = await atproto.Repo.load(stored)
    const writes = steps.map(({ value, ...step }) => ({ ...step, record: value }))
    const made = await repo.formatCommit(writes as atproto.RecordWriteOp[], signerOf(did))
    const { cid, rev, since, newBlocks, relevantBlocks, removedCids } = made
    const ops = steps.map((step) => ({
      action: step.action,
      path: pathOf(step),
      cid: step.cid ? parseCid(step.cid) : null,
      ...(step.prev && { prev: parseCid(step.prev) }),
    }))
    // A record already stored under another key is missing in the difference of the trees.
    const { missing } = relevantBlocks.getMany(ops.flatMap((op) => op.cid ?? []))
    relevantBlocks.addMap((await stored.getBlocks(missing)).blocks)
    const blocks = await atproto.blocksToCarFile(cid, relevantBlocks)
    if (blocks.byteLength > MAX_COMMIT_BYTES) {
      throw new InvalidRequestError('The records of one commit are too large together')
    }
    const facts = { repo: did, commit: cid, rev, since, prevData: repo.commit.data }
    const body = { ...facts, ops, blocks, blobs: [], rebase: false, tooBig: false }
    await db.transaction().execute(async (tx) => {
      await moveHead(tx, state, { cid, rev })
      await insertBlocks(tx, { did, rev, blocks: newBlocks })
      await changeRecords(tx, { did, rev, records: steps })
      await removeBlocks(tx, did, removedCids.toList())
      await appendEvent(tx, { did, type: 'commit', body })
    })
    onCommit()
    return { cid: String(cid), rev }
  }

  return {
    /** Creates an empty repository for an active account without one. */
    open: (did: string) => change(did, async () => {}),

    /**
     * @returns the commit; undefined if nothing changed
     * @throws InvalidSwapError @throws InvalidRequestError for writes that the repository does not allow
     */
    write: (did: string, writes: readonly Write[], swapCommit?: string) =>
      change(did, async (state) => {
        if (state.status !== 'active') {
          throw new AuthRequiredError(`Account is ${state.status}`, 'AccountDeactivated')
        }
        if (swapCommit !== undefined && swapCommit !== state.head) {
          throw new InvalidSwapError(`Commit was at ${state.head}`)
        }
        const steps = await planWrites(db, did, writes)
        const changes = steps.filter(({ prev, cid }) => prev !== cid)
        if (changes.length > 0 || writes.length === 0) return await commit(state, changes)
      }),

    /** Replaces the contents of a repository by those of a CAR file, under a new commit. */
    import: async (did: string, car: Uint8Array): Promise<void> => {
      const { repo, blocks, records } = await readImport(did, car)
      await change(did, async (state) => {
        const [newest] = [repo.commit.rev, state.rev ?? ''].toSorted().reverse()
        const rev = TID.nextStr(newest)
        const { cid, newBlocks } = await repo.formatResignCommit(rev, signerOf(did))
        const all = new atproto.BlockMap(newBlocks).addMap(blocks)
        await db.transaction().execute(async (tx) => {
          await moveHead(tx, state, { cid, rev })
          await sql`delete from pds.block where did = ${did}`.execute(tx)
          await sql`delete from pds.record where did = ${did}`.execute(tx)
          await insertBlocks(tx, { did, rev, blocks: all })
          await insertRecords(tx, { did, rev, records })
          await appendSync(tx, did)
        })
        onCommit()
      })
    },
  }
}
