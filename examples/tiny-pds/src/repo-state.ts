import type { Cid } from '@atproto/lex-data'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { sql } from 'kysely'
import type { Database, Tx } from './database.ts'

export interface RepoState {
  readonly did: string
  readonly handle: string
  /** CID of the latest commit; null before the first one. */
  readonly head: string | null
  readonly rev: string | null
  readonly status: 'active' | 'deactivated' | 'takendown' | 'deleted'
}

export function repoNotFound(name: string): InvalidRequestError {
  return new InvalidRequestError(`Could not find repo: ${name}`, 'RepoNotFound')
}

/**
 * Finds the repository of a DID or a handle.
 *
 * @param reader the DID of the caller: owners read their repository in any state.
 */
export async function findRepo(db: Database, name: string, reader?: string): Promise<RepoState> {
  const { rows } = await sql<RepoState>`select did, handle, head, rev, status from pds.repo
    where ${sql.id(name.startsWith('did:') ? 'did' : 'handle')} = ${name.toLowerCase()}
    order by status limit 1`.execute(db)
  const [repo] = rows
  if (repo?.status === 'active' || (repo && repo.did === reader)) return repo
  if (repo === undefined || repo.status === 'deleted') throw repoNotFound(name)
  const error = repo.status === 'deactivated' ? 'RepoDeactivated' : 'RepoTakendown'
  throw new InvalidRequestError(`Repo is ${repo.status}: ${name}`, error)
}

/**
 * Moves the head if the repository is still in the state that was read. Of concurrent writers this statement admits one; its row
 * lock makes the others wait until the transaction ends.
 */
export async function moveHead(
  tx: Tx,
  { did, head, status }: RepoState,
  { cid, rev }: { readonly cid: Cid; readonly rev: string },
): Promise<void> {
  const { numAffectedRows } = await sql`update pds.repo set head = ${String(cid)}, rev = ${rev}
    where did = ${did} and head is not distinct from ${head} and status = ${status}`.execute(tx)
  if (numAffectedRows !== 1n) throw new Error('The head of the repository has changed')
}
