import { Readable } from 'node:stream'
import { parseCid } from '@atproto/lex-data'
import { blocksToCarStream } from '@atproto/repo'
import { InvalidRequestError } from '@atproto/xrpc-server'
import type { RepositoryStatus } from '@lexwright/account'
import { implement } from '@lexwright/xrpc'
import { sql } from 'kysely'
import { type BlockRow, toBlocks } from './blocks.ts'
import type { Database } from './database.ts'
import type { PdsParts } from './pds.ts'
import { isUsed } from './records.ts'
import { cursorAfter, json } from './repo-handlers.ts'
import { findRepo, repoNotFound } from './repo-state.ts'

/** `com.atproto.sync.*`. */
export function implementSync({ server, db, rules, log }: PdsParts): void {
  const auth = rules.readRepo

  implement(server.com.atproto.sync, {
    getRepo: {
      auth,
      handler: async ({ auth: { credentials }, params: { did, since = '' } }) => {
        await findRepo(db, did, credentials?.did)
        // A single statement, so all blocks belong to one state. The commit comes first.
        const { rows } = await sql<BlockRow & { head: string }>`select head, cid, bytes
          from pds.repo join pds.block using (did)
          where did = ${did} and block.rev > ${since} order by cid = head desc`.execute(db)
        if (rows[0] === undefined) throw repoNotFound(did)
        const body = Readable.from(blocksToCarStream(parseCid(rows[0].head), toBlocks(rows)))
        return { encoding: 'application/vnd.ipld.car', body }
      },
    },
    getBlob: {
      auth,
      handler: async ({ auth: { credentials }, params: { did, cid } }) => {
        await findRepo(db, did, credentials?.did)
        const { rows } = await sql<{ mime_type: string; bytes: Uint8Array }>`
          select mime_type, bytes from pds.blob
          where did = ${did} and cid = ${cid} and ${isUsed}`.execute(db)
        if (rows[0] === undefined) throw new InvalidRequestError('Blob not found', 'BlobNotFound')
        // An upload may be HTML, which must not run on this origin.
        const headers = {
          'content-security-policy': "default-src 'none'; sandbox",
          'x-content-type-options': 'nosniff',
        }
        return { encoding: rows[0].mime_type, body: rows[0].bytes, headers }
      },
    },
    listBlobs: {
      auth,
      handler: async ({ auth: { credentials }, params }) => {
        const { did, since = '', limit, cursor = '' } = params
        await findRepo(db, did, credentials?.did)
        const { rows } = await sql<{ cid: string }>`select distinct cid from pds.blob_reference
          where did = ${did} and rev > ${since} and cid > ${cursor} and is_here
          order by cid limit ${limit}`.execute(db)
        return json({
          cids: rows.map(({ cid }) => cid),
          ...cursorAfter(rows, limit, rows.at(-1)?.cid),
        })
      },
    },
    getLatestCommit: async ({ params: { did } }) => {
      const { head, rev } = await findRepo(db, did)
      if (head === null || rev === null) throw repoNotFound(did)
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

/** The state of a repository for `checkAccountStatus`. */
export async function describeRepository(db: Database, did: string): Promise<RepositoryStatus> {
  const { rows } = await sql<RepositoryStatus>`select
      coalesce(head, '') as "repoCommit", coalesce(repo.rev, '') as "repoRev",
      (select count(*)::int from pds.block where did = repo.did) as "repoBlocks",
      (select count(*)::int from pds.record where did = repo.did) as "indexedRecords",
      count(distinct cid)::int as "expectedBlobs", 0 as "privateStateValues",
      (count(distinct cid) filter (where is_here))::int as "importedBlobs"
    from pds.repo left join pds.blob_reference using (did)
    where did = ${did} group by repo.did`.execute(db)
  if (rows[0] === undefined) throw repoNotFound(did)
  return rows[0]
}
