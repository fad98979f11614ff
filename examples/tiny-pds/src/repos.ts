import { TID } from '@atproto/common-web'
import { parseCid } from '@atproto/lex-data'
import {
  BlockMap,
  blocksToCarFile,
  type CommitData,
  cidForRecord,
  type RecordWriteOp,
  Repo,
  WriteOpAction,
} from '@atproto/repo'
import { AuthRequiredError, InvalidRequestError } from '@atproto/xrpc-server'
import type { AccountKeys } from '@lexwright/account'
import { InvalidSwapError } from '../generated/types/com/atproto/repo/applyWrites.ts'
import type { Database, Tx } from './database.ts'
import { appendEvent } from './events.ts'
import { readImport } from './import.ts'
import { changeRecords, findCids, insertRecords, markUsedBlobs, pathOf } from './records.ts'
import { RepoHasMoved, type RepoState, RepoStore } from './repo-store.ts'
import type { Write } from './writes.ts'

export interface ReposOptions {
  readonly db: Database
  readonly keys: Pick<AccountKeys, 'sign'>
  /** Called after each commit. */
  readonly onCommit: () => void
}

/** A write, and the CIDs of the record before and after; undefined where there is none. */
interface Step {
  readonly write: Write
  readonly prev: string | undefined
  readonly cid: string | undefined
}

/** The most that a message of the stream may hold. */
const MAX_COMMIT_BYTES = 2_000_000
const MAX_ATTEMPTS = 100

/**
 * Changes of repositories. Each is made and signed outside of any transaction, from the state that was read; one transaction
 * then moves the head from exactly that state, and writes blocks, records and the event. Whoever comes too late begins again.
 */
export class Repos {
  readonly #options: ReposOptions
  /** The newest change of each repository that is under way: those of one process wait instead of starting over. */
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor(options: ReposOptions) {
    this.#options = options
  }

  /** Gives an account its empty repository, if it has none. */
  async open(did: string): Promise<void> {
    await this.#change(did, async (state) => {
      if (state.head === null) await this.#createEmpty(state)
    })
  }

  /**
   * @returns the commit, unless there was nothing to change, and the CIDs of the records as they are then
   * @throws InvalidSwapError @throws InvalidRequestError for writes that the repository does not allow
   */
  async write(did: string, writes: readonly Write[], swapCommit?: string) {
    return await this.#change(did, async (state) => {
      if (state.status !== 'active') {
        throw new AuthRequiredError(`Account is ${state.status}`, 'AccountDeactivated')
      }
      if (state.head === null) {
        await this.#createEmpty(state)
        throw new RepoHasMoved()
      }
      if (swapCommit !== undefined && swapCommit !== state.head) {
        throw new InvalidSwapError(`Commit was at ${state.head}`)
      }
      const steps = await this.#compare(did, writes)
      const changes = steps.filter(({ prev, cid }) => prev !== cid)
      const isNothing = changes.length === 0 && writes.length > 0
      const commit = isNothing ? undefined : await this.#commit(state, changes)
      return { commit, cids: steps.map(({ cid }) => cid) }
    })
  }

  /** Replaces what is in a repository by a CAR file of it, under a commit of ours. */
  async import(did: string, car: Uint8Array): Promise<void> {
    const { repo, blocks, records } = await readImport(did, car)
    await this.#change(did, async (state) => {
      const [newest] = [repo.commit.rev, state.rev ?? ''].toSorted().reverse()
      const rev = TID.nextStr(newest)
      const commit = await repo.formatResignCommit(rev, this.#signer(did))
      await this.#options.db.transaction().execute(async (tx) => {
        const store = new RepoStore(tx, state)
        await store.updateRoot(commit.cid, rev)
        await tx.deleteFrom('pds.block').where('did', '=', did).execute()
        await tx.deleteFrom('pds.record').where('did', '=', did).execute()
        await store.putMany(new BlockMap(commit.newBlocks).addMap(blocks), rev)
        await insertRecords(tx, { did, rev, records })
        await markUsedBlobs(tx, did)
        if (state.status === 'active') await appendSync(tx, did, commit)
      })
    })
    this.#options.onCommit()
  }

  /** Tries a change until it was made from the newest state. */
  async #change<Result>(did: string, make: (state: RepoState) => Promise<Result>): Promise<Result> {
    const { db } = this.#options
    const before = this.#queues.get(did)
    const change = (async () => {
      await before?.catch(() => {})
      for (let attempt = 1; ; attempt++) {
        const state = await readState(db, did)
        try {
          return await make(state)
        } catch (error) {
          // Blocks of a former state may be gone, and what it refused may be right by now.
          const { head, status } = await readState(db, did)
          const hasMoved = head !== state.head || status !== state.status
          if (!hasMoved || attempt === MAX_ATTEMPTS) throw error
        }
      }
    })()
    this.#queues.set(did, change)
    try {
      return await change
    } finally {
      if (this.#queues.get(did) === change) this.#queues.delete(did)
    }
  }

  async #createEmpty(state: RepoState): Promise<void> {
    const { did, status } = state
    const { db, onCommit } = this.#options
    const commit = await Repo.formatInitCommit(new RepoStore(db, state), did, this.#signer(did))
    await db.transaction().execute(async (tx) => {
      await new RepoStore(tx, state).applyCommit(commit)
      if (status === 'active') await appendSync(tx, did, commit)
    })
    onCommit()
  }

  /** The account's key, which stays with the account module; the library only has it sign here. */
  #signer(did: string) {
    const sign = (bytes: Uint8Array) => this.#options.keys.sign(did, bytes)
    return { jwtAlg: 'ES256K', did: () => did, sign }
  }

  async #compare(did: string, writes: readonly Write[]): Promise<readonly Step[]> {
    const present = await findCids(this.#options.db, did, writes)
    if (new Set(writes.map(pathOf)).size < writes.length) {
      throw new InvalidRequestError('There are two writes to one record')
    }
    const compared = writes.map(async (write) => {
      const prev = present.get(pathOf(write))
      checkWrite(write, prev)
      const cid = write.value && String(await cidForRecord(write.value))
      return { write, prev, cid }
    })
    return await Promise.all(compared)
  }

  async #commit(state: RepoState, steps: readonly Step[]) {
    const { did } = state
    const { db, onCommit } = this.#options
    const store = new RepoStore(db, state)
    const repo = await Repo.load(store)
    const commit = await repo.formatCommit(steps.map(toOperation), this.#signer(did))
    const { cid, rev, since, relevantBlocks, removedCids } = commit
    const written = steps.flatMap(({ write, cid }) =>
      cid === undefined ? [] : [{ ...write, cid }],
    )
    // A record that is stored already under another key is in no difference of trees.
    const { missing } = relevantBlocks.getMany(written.map((record) => parseCid(record.cid)))
    relevantBlocks.addMap((await store.getBlocks(missing)).blocks)
    const blocks = await blocksToCarFile(cid, relevantBlocks)
    if (blocks.byteLength > MAX_COMMIT_BYTES) {
      throw new InvalidRequestError('The records of one commit are too large together')
    }
    const ops = steps.map(toRepoOp)
    const facts = { repo: did, commit: cid, rev, since, prevData: repo.commit.data }
    const body = { ...facts, ops, blocks, blobs: [], rebase: false, tooBig: false }
    await db.transaction().execute(async (tx) => {
      const stored = new RepoStore(tx, state)
      await stored.applyCommit(commit)
      const paths = steps.map(({ write }) => write)
      await changeRecords(tx, paths, { did, rev, records: written })
      await stored.removeBlocks(removedCids.toList())
      await appendEvent(tx, { did, type: 'commit', body })
    })
    onCommit()
    return { cid: String(cid), rev }
  }
}

async function readState(db: Database, did: string): Promise<RepoState> {
  const repos = db.selectFrom('pds.repo').select(['did', 'head', 'rev', 'status'])
  const state = await repos.where('did', '=', did).executeTakeFirst()
  if (state === undefined) throw new InvalidRequestError(`Could not find repo: ${did}`)
  return state
}

/** @param prev the record's present CID */
function checkWrite(write: Write, prev: string | undefined): void {
  const { action, swapRecord } = write
  if (swapRecord !== undefined && swapRecord !== (prev ?? null)) {
    throw new InvalidSwapError(`Record was at ${prev ?? null}`)
  }
  if (action === 'create' && prev !== undefined) {
    throw new InvalidRequestError(`There is a record at ${pathOf(write)} already`)
  }
  if ((action === 'update' || action === 'delete') && prev === undefined) {
    throw new InvalidRequestError(`There is no record at ${pathOf(write)}`)
  }
}

function toOperation({ write: { collection, rkey, value }, prev }: Step): RecordWriteOp {
  const path = { collection, rkey } as Pick<RecordWriteOp, 'collection' | 'rkey'>
  if (value === undefined) return { action: WriteOpAction.Delete, ...path }
  const action = prev === undefined ? WriteOpAction.Create : WriteOpAction.Update
  return { action, ...path, record: value }
}

function toRepoOp({ write, prev, cid }: Step) {
  const action = cid === undefined ? 'delete' : prev === undefined ? 'create' : 'update'
  const before = prev !== undefined && { prev: parseCid(prev) }
  return { action, path: pathOf(write), cid: cid === undefined ? null : parseCid(cid), ...before }
}

/** Tells subscribers where a repository is, without how it came there. */
export async function appendSync(
  tx: Tx,
  did: string,
  { cid, rev, newBlocks }: Pick<CommitData, 'cid' | 'rev' | 'newBlocks'>,
): Promise<void> {
  const commit = newBlocks.getMany([cid]).blocks
  const body = { did, rev, blocks: await blocksToCarFile(cid, commit) }
  await appendEvent(tx, { did, type: 'sync', body })
}
