import { Readable } from 'node:stream'
import { parseCid } from '@atproto/lex-data'
import { BlockMap, blocksToCarStream } from '@atproto/repo'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { type EventLog, implement } from '@lexwright/xrpc'
import { optional } from '@lexwright/xrpc/auth'
import { sql } from 'kysely'
import type { Server } from '../generated/index.ts'
import type { Database } from './database.ts'
import type { RepoEvent } from './events.ts'
import { cursorAfter, type HandlerOptions, json } from './repo-handlers.ts'

const REFUSALS = {
  deactivated: 'RepoDeactivated',
  takendown: 'RepoTakendown',
  deleted: 'RepoNotFound',
} as const

const notFound = (name: string) =>
  new InvalidRequestError(`Could not find repo: ${name}`, 'RepoNotFound')

/**
 * The repository of a DID or a handle.
 *
 * @param reader the DID of who asks: owners get at theirs in whatever state it is.
 */
export async function findRepo(db: Database, name: string, reader?: string) {
  const repo = await db
    .selectFrom('pds.repo')
    .select(['did', 'handle', 'head', 'rev', 'status'])
    .where(name.startsWith('did:') ? 'did' : 'handle', '=', name.toLowerCase())
    .orderBy('status')
    .executeTakeFirst()
  if (repo === undefined) throw notFound(name)
  if (repo.status === 'active' || repo.did === reader) return repo
  throw new InvalidRequestError(`Repo is ${repo.status}: ${name}`, REFUSALS[repo.status])
}

interface SyncOptions extends HandlerOptions {
  readonly log: EventLog<RepoEvent>
}

/** `com.atproto.sync.*`. */
export function implementSync(server: Server, { db, accounts, log }: SyncOptions): void {
  const auth = optional(accounts.todaysAuth.anySession)

  implement(server.com.atproto.sync, {
    getRepo: {
      auth,
      handler: async ({ auth: { credentials }, params: { did, since = '' } }) => {
        await findRepo(db, did, credentials?.did)
        // One statement, so that the blocks are those of one commit; it is the first of them.
        const rows = await db
          .selectFrom('pds.repo as repo')
          .innerJoin('pds.block as block', 'block.did', 'repo.did')
          .select(['head', 'cid', 'bytes'])
          .where('repo.did', '=', did)
          .where('block.rev', '>', since)
          .orderBy(sql`cid = head`, 'desc')
          .execute()
        const [newest] = rows
        if (!newest?.head) throw notFound(did)
        const blocks = new BlockMap(rows.map(({ cid, bytes }) => [parseCid(cid), bytes]))
        const body = Readable.from(blocksToCarStream(parseCid(newest.head), blocks))
        return { encoding: 'application/vnd.ipld.car', body }
      },
    },
    getBlob: {
      auth,
      handler: async ({ auth: { credentials }, params: { did, cid } }) => {
        await findRepo(db, did, credentials?.did)
        const blob = await db
          .selectFrom('pds.blob')
          .select(['mime_type', 'bytes'])
          .where(({ and }) => and({ did, cid, is_temporary: false }))
          .executeTakeFirst()
        if (blob === undefined) throw new InvalidRequestError('Blob not found', 'BlobNotFound')
        // People upload what they like: no page of this origin comes of it.
        const headers = {
          'content-security-policy': "default-src 'none'; sandbox",
          'x-content-type-options': 'nosniff',
        }
        return { encoding: blob.mime_type, body: blob.bytes, headers }
      },
    },
    listBlobs: {
      auth,
      handler: async ({ auth: { credentials }, params }) => {
        const { did, since = '', limit, cursor = '' } = params
        await findRepo(db, did, credentials?.did)
        const { rows } = await sql<{ cid: string }>`
          select distinct used.cid from pds.record, unnest(blobs) as used(cid)
          where did = ${did} and rev > ${since} and used.cid > ${cursor} and exists (
            select from pds.blob where blob.did = record.did and blob.cid = used.cid)
          order by used.cid limit ${limit}`.execute(db)
        const cids = rows.map(({ cid }) => cid)
        return json({ cids, ...cursorAfter(cids, limit, String) })
      },
    },
    getLatestCommit: async ({ params: { did } }) => {
      const { head, rev } = await findRepo(db, did)
      if (head === null || rev === null) throw notFound(did)
      return json({ cid: head, rev })
    },
    getRepoStatus: async ({ params: { did } }) => {
      const { status, rev } = await findRepo(db, did, did)
      if (status === 'active') return json({ did, active: true, ...(rev && { rev }) })
      return json({ did, active: false, status })
    },
    subscribeRepos: ({ params, signal }) => log.subscribe(params.cursor, signal),
  })
}

/** The repository's part of the answer of `checkAccountStatus`. */
export async function describeRepository(db: Database, did: string) {
  const { head, rev } = await findRepo(db, did, did)
  const { rows } = await sql<Record<'blocks' | 'records' | 'expected' | 'imported', string>>`
    select (select count(*) from pds.block where did = ${did}) as blocks,
      (select count(*) from pds.record where did = ${did}) as records,
      (select count(*) from pds.blob where did = ${did} and not is_temporary) as imported,
      (select count(distinct used.cid) from pds.record, unnest(blobs) as used(cid)
        where did = ${did}) as expected`.execute(db)
  return {
    repoCommit: head ?? '',
    repoRev: rev ?? '',
    repoBlocks: Number(rows[0]?.blocks),
    indexedRecords: Number(rows[0]?.records),
    privateStateValues: 0,
    expectedBlobs: Number(rows[0]?.expected),
    importedBlobs: Number(rows[0]?.imported),
  }
}
