import { buffer } from 'node:stream/consumers'
import { asMultiformatsCID } from '@atproto/lex-data'
import { BlobRef } from '@atproto/lexicon'
import { cborToLexRecord } from '@atproto/repo'
import { AuthRequiredError } from '@atproto/xrpc-server'
import type { AppAuth } from '@lexwright/oauth'
import { implement } from '@lexwright/xrpc'
import { sql } from 'kysely'
import { RecordNotFoundError } from '../generated/types/com/atproto/repo/getRecord.ts'
import type { PdsParts } from './pds.ts'
import { storeBlob } from './records.ts'
import { findRepo } from './repo-state.ts'
import { prepareWrite, WRITE_ACTIONS, type WriteAction, type WriteRequest } from './writes.ts'

/** A call of a writing method. */
interface WriteCall<Body = object> {
  readonly auth: AppAuth
  readonly input: {
    readonly body: Body & { repo: string; validate?: boolean; swapCommit?: string }
  }
}

/** `com.atproto.repo.*`. */
export function implementRepo({ server, db, repos, rules, accounts }: PdsParts): void {
  /** Writes to the caller's repository. */
  async function write({ auth, input: { body } }: WriteCall, requests: WriteRequest[]) {
    const { did, handle, permissions } = auth.credentials
    if (body.repo !== did && body.repo.toLowerCase() !== handle) throw new AuthRequiredError()
    for (const { action, collection } of requests) {
      for (const needed of WRITE_ACTIONS[action])
        permissions.assertRepo({ action: needed, collection })
    }
    const preparing = requests.map((request) => prepareWrite(request, body.validate))
    const writes = await Promise.all(preparing)
    const commit = await repos.write(did, writes, body.swapCommit)
    const results = writes.map(({ collection, rkey, cid = '', validationStatus }) => {
      const uri = `at://${did}/${collection}/${rkey}`
      return { uri, cid, ...(validationStatus && { validationStatus }) }
    })
    return { results, ...(commit && { commit }) }
  }

  const writing = (action: WriteAction) => ({
    auth: rules.write,
    handler: async (call: WriteCall<Omit<WriteRequest, 'action'>>) => {
      const { results, ...commit } = await write(call, [{ ...call.input.body, action }])
      return json({ ...commit, ...(results[0] ?? { uri: '', cid: '' }) })
    },
  })

  implement(server.com.atproto.repo, {
    createRecord: writing('create'),
    putRecord: writing('put'),
    deleteRecord: writing('drop'),
    applyWrites: {
      auth: rules.write,
      opts: { jsonLimit: 1024 * 1024 },
      handler: async (call) => {
        const requests = call.input.body.writes.map(({ $type, ...item }) => {
          const action = $type.slice($type.indexOf('#') + 1) as 'create' | 'update' | 'delete'
          return { ...item, action, record: 'value' in item ? item.value : undefined }
        })
        const { results, ...commit } = await write(call, requests)
        const typed = requests.map(({ action }, at) => ({
          $type: `com.atproto.repo.applyWrites#${action}Result`,
          ...(action !== 'delete' && results[at]),
        }))
        return json({ ...commit, results: typed as never[] })
      },
    },
    getRecord: async ({ params: { repo, collection, rkey, cid = null } }) => {
      const { did } = await findRepo(db, repo)
      const { rows } = await sql<StoredRecord>`select uri, cid, bytes from pds.stored_record
        where did = ${did} and collection = ${collection} and rkey = ${rkey}
          and cid = coalesce(${cid}, cid)`.execute(db)
      if (rows[0] !== undefined) return json(toRecord(rows[0]))
      const uri = `at://${repo}/${collection}/${rkey}`
      throw new RecordNotFoundError(`Could not locate record: ${uri}`)
    },
    listRecords: async ({ params: { repo, collection, limit, cursor = null, reverse } }) => {
      const { did } = await findRepo(db, repo)
      const [after, order] = reverse ? [sql`>`, sql`asc`] : [sql`<`, sql`desc`]
      const { rows } = await sql<StoredRecord>`select uri, cid, bytes, rkey from pds.stored_record
        where did = ${did} and collection = ${collection}
          and (${cursor}::text is null or rkey ${after} ${cursor})
        order by rkey ${order} limit ${limit}`.execute(db)
      return json({ records: rows.map(toRecord), ...cursorAfter(rows, limit, rows.at(-1)?.rkey) })
    },
    describeRepo: async ({ params: { repo } }) => {
      const { did, handle } = await findRepo(db, repo)
      const { rows } = await sql<{ collection: string }>`select distinct collection from pds.record
        where did = ${did} order by collection`.execute(db)
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
      auth: rules.upload,
      handler: async ({ auth, input: { body, encoding } }) => {
        const { did } = auth.credentials
        const bytes = new Uint8Array(await buffer(body))
        const cid = await storeBlob(db, { did, mimeType: encoding, bytes })
        return json({ blob: new BlobRef(asMultiformatsCID(cid), encoding, bytes.byteLength) })
      },
    },
    importRepo: {
      auth: rules.replaceRepo,
      opts: { blobLimit: 100 * 1024 * 1024 },
      handler: async ({ auth, input: { body } }) => {
        await repos.import(auth.credentials.did, new Uint8Array(await buffer(body)))
      },
    },
    listMissingBlobs: {
      auth: rules.any,
      handler: async ({ auth, params: { limit, cursor = '' } }) => {
        const { did } = auth.credentials
        const { rows } = await sql<{ cid: string; recordUri: string }>`
          select cid, min(uri) as "recordUri" from pds.blob_reference
          where did = ${did} and cid > ${cursor} and not is_here
          group by cid order by cid limit ${limit}`.execute(db)
        return json({ blobs: rows, ...cursorAfter(rows, limit, rows.at(-1)?.cid) })
      },
    },
  })
}

/** The cursor after a full page, since more rows may follow. */
export function cursorAfter(rows: readonly unknown[], limit: number, cursor?: string) {
  return rows.length === limit && { cursor }
}

type StoredRecord = Record<'uri' | 'cid' | 'rkey', string> & { readonly bytes: Uint8Array }

function toRecord({ uri, cid, bytes }: StoredRecord) {
  return { uri, cid, value: cborToLexRecord(new Uint8Array(bytes)) }
}

export function json<Body>(body: Body) {
  return { encoding: 'application/json' as const, body }
}
