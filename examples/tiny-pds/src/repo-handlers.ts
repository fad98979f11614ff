import { buffer } from 'node:stream/consumers'
import { asMultiformatsCID } from '@atproto/lex-data'
import { BlobRef } from '@atproto/lexicon'
import { cborToLexRecord } from '@atproto/repo'
import { AuthRequiredError } from '@atproto/xrpc-server'
import type { AccessAuth, AccountModule } from '@lexwright/account'
import { implement } from '@lexwright/xrpc'
import { sql } from 'kysely'
import type { Server } from '../generated/index.ts'
import { RecordNotFoundError } from '../generated/types/com/atproto/repo/getRecord.ts'
import type { Database } from './database.ts'
import { storeBlob } from './records.ts'
import type { Repos } from './repos.ts'
import { findRepo } from './sync-handlers.ts'
import { prepareWrite, type WriteAction, type WriteRequest } from './writes.ts'

export interface HandlerOptions {
  readonly db: Database
  readonly repos: Repos
  readonly accounts: Pick<AccountModule, 'todaysAuth' | 'service'>
}

const IMPORT_LIMIT = 100 * 1024 * 1024
const WRITES_LIMIT = 1024 * 1024

/** Input of the methods that write. */
interface WriteCall {
  readonly repo: string
  readonly validate?: boolean
  readonly swapCommit?: string
}

interface OneWrite {
  readonly auth: AccessAuth
  readonly input: { readonly body: WriteCall & Omit<WriteRequest, 'action'> }
}

/** `com.atproto.repo.*`. */
export function implementRepo(server: Server, { db, repos, accounts }: HandlerOptions): void {
  const auth = accounts.todaysAuth.session

  /** Makes the writes of a call to the repository of whoever calls. */
  async function write(call: WriteCall, { credentials }: AccessAuth, requests: WriteRequest[]) {
    const { did, handle } = credentials
    if (call.repo !== did && call.repo.toLowerCase() !== handle) throw new AuthRequiredError()
    const writes = requests.map((request) => prepareWrite(request, call.validate))
    const { commit, cids } = await repos.write(did, writes, call.swapCommit)
    const results = writes.map(({ collection, rkey, validationStatus }, at) => ({
      uri: `at://${did}/${collection}/${rkey}`,
      cid: cids[at] ?? '',
      ...(validationStatus && { validationStatus }),
    }))
    return { results, ...(commit && { commit }) }
  }

  const writing = (action: WriteAction) => ({
    auth,
    handler: async ({ auth, input: { body } }: OneWrite) => {
      const { results, ...commit } = await write(body, auth, [{ ...body, action }])
      return json({ ...commit, ...(results[0] ?? { uri: '', cid: '' }) })
    },
  })

  implement(server.com.atproto.repo, {
    createRecord: writing('create'),
    putRecord: writing('put'),
    deleteRecord: writing('drop'),
    applyWrites: {
      auth,
      opts: { jsonLimit: WRITES_LIMIT },
      handler: async ({ auth, input: { body } }) => {
        const requests = body.writes.map(({ $type, ...item }) => {
          const action = $type.slice($type.indexOf('#') + 1) as 'create' | 'update' | 'delete'
          return { ...item, action, record: 'value' in item ? item.value : undefined }
        })
        const { results, ...commit } = await write(body, auth, requests)
        const typed = requests.map(({ action }, at) => ({
          $type: `com.atproto.repo.applyWrites#${action}Result`,
          ...(action !== 'delete' && results[at]),
        }))
        return json({ ...commit, results: typed as never[] })
      },
    },
    getRecord: async ({ params: { repo, collection, rkey, cid } }) => {
      const { did } = await findRepo(db, repo)
      const row = await recordsOf(db, did, collection).where('rkey', '=', rkey).executeTakeFirst()
      if (row !== undefined && (cid ?? row.cid) === row.cid) return json(toRecord(row))
      const uri = `at://${repo}/${collection}/${rkey}`
      throw new RecordNotFoundError(`Could not locate record: ${uri}`)
    },
    listRecords: async ({ params: { repo, collection, limit, cursor, reverse = false } }) => {
      const { did } = await findRepo(db, repo)
      const rows = await recordsOf(db, did, collection)
        .$if(cursor !== undefined, (query) =>
          query.where('rkey', reverse ? '>' : '<', cursor ?? ''),
        )
        .orderBy('rkey', reverse ? 'asc' : 'desc')
        .limit(limit)
        .execute()
      return json({ records: rows.map(toRecord), ...cursorAfter(rows, limit, ({ rkey }) => rkey) })
    },
    describeRepo: async ({ params: { repo } }) => {
      const { did, handle } = await findRepo(db, repo)
      const records = db.selectFrom('pds.record').where('did', '=', did)
      const rows = await records.select('collection').distinct().orderBy('collection').execute()
      const { didDocument } = await accounts.service.describeSession(did)
      return json({
        did,
        handle,
        didDoc: { ...didDocument },
        collections: rows.map(({ collection }) => collection),
        handleIsCorrect: didDocument?.alsoKnownAs.includes(`at://${handle}`) ?? false,
      })
    },
    uploadBlob: {
      auth,
      handler: async ({ auth, input: { body, encoding } }) => {
        const { did } = auth.credentials
        const bytes = new Uint8Array(await buffer(body))
        const cid = await storeBlob(db, { did, mimeType: encoding, bytes })
        return json({ blob: new BlobRef(asMultiformatsCID(cid), encoding, bytes.byteLength) })
      },
    },
    importRepo: {
      auth: accounts.todaysAuth.owner,
      opts: { blobLimit: IMPORT_LIMIT },
      handler: async ({ auth, input: { body } }) => {
        await repos.import(auth.credentials.did, new Uint8Array(await buffer(body)))
      },
    },
    listMissingBlobs: {
      auth,
      handler: async ({ auth, params: { limit, cursor = '' } }) => {
        const { did } = auth.credentials
        const { rows } = await sql<{ cid: string; recordUri: string }>`
          select used.cid, min('at://' || did || '/' || collection || '/' || rkey) as "recordUri"
          from pds.record, unnest(blobs) as used(cid)
          where did = ${did} and used.cid > ${cursor} and not exists (
            select from pds.blob where blob.did = record.did and blob.cid = used.cid)
          group by used.cid order by used.cid limit ${limit}`.execute(db)
        return json({ blobs: rows, ...cursorAfter(rows, limit, ({ cid }) => cid) })
      },
    },
  })
}

/** The cursor of a page, if another one may follow. */
export function cursorAfter<Row>(rows: Row[], limit: number, cursorOf: (row: Row) => string) {
  const last = rows.length === limit ? rows.at(-1) : undefined
  return last && { cursor: cursorOf(last) }
}

function recordsOf(db: Database, did: string, collection: string) {
  return db
    .selectFrom('pds.record as record')
    .innerJoin('pds.block as block', (join) =>
      join.onRef('block.did', '=', 'record.did').onRef('block.cid', '=', 'record.cid'),
    )
    .select(['record.did', 'collection', 'rkey', 'record.cid', 'bytes'])
    .where('record.did', '=', did)
    .where('collection', '=', collection)
}

type RecordRow = Record<'did' | 'collection' | 'rkey' | 'cid', string> & { bytes: Uint8Array }

function toRecord({ did, collection, rkey, cid, bytes }: RecordRow) {
  const value = cborToLexRecord(new Uint8Array(bytes))
  return { uri: `at://${did}/${collection}/${rkey}`, cid, value }
}

export function json<Body>(body: Body) {
  return { encoding: 'application/json' as const, body }
}
