import { TID } from '@atproto/common-web'
import { enumBlobRefs, getBlobCidString, type LexMap } from '@atproto/lex-data'
import { lexToIpld, type RepoRecord } from '@atproto/lexicon'
import { cidForRecord, formatDataKey } from '@atproto/repo'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { sql } from 'kysely'
import { lexicons } from '../generated/lexicons.ts'
import { InvalidSwapError } from '../generated/types/com/atproto/repo/applyWrites.ts'
import type { Database } from './database.ts'
import { type IndexedRecord, isOneOf } from './records.ts'

/** Permissions required for each kind of write. `put` creates or replaces a record; `drop` deletes one if it exists. */
export const WRITE_ACTIONS = {
  create: ['create'],
  update: ['update'],
  put: ['create', 'update'],
  delete: ['delete'],
  drop: ['delete'],
} as const

export type WriteAction = keyof typeof WRITE_ACTIONS

/** A change to one record, as requested by a client. */
export interface WriteRequest {
  readonly action: WriteAction
  readonly collection: string
  /** By default a new key for the time of the write. */
  readonly rkey?: string | undefined
  readonly record?: Readonly<Record<string, unknown>> | undefined
  /** The CID that the record must have now; null if it must not exist. */
  readonly swapRecord?: string | null | undefined
}

/** A change with the record in its stored form; without `value` for a deletion. */
export interface Write extends WriteRequest, IndexedRecord {
  readonly rkey: string
  readonly value?: LexMap
  readonly validationStatus?: 'valid' | 'unknown' | undefined
}

/** A validated change to a record, from the CID `prev` to `cid`. */
export interface Step extends Omit<Write, 'action'> {
  readonly action: 'create' | 'update' | 'delete'
  readonly prev: string | undefined
}

/**
 * Validates a record against the lexicon of its collection, if known.
 *
 * @param validate true requires a known lexicon, false skips validation.
 * @throws InvalidRequestError
 */
export async function prepareWrite(request: WriteRequest, validate?: boolean): Promise<Write> {
  const { action, collection, record, rkey = TID.nextStr() } = request
  if (action === 'delete' || action === 'drop')
    return { ...request, rkey, blobs: [], cid: undefined }
  const typed = { ...record, $type: record?.$type ?? collection }
  if (typed.$type !== collection) {
    throw new InvalidRequestError(`Invalid $type: expected ${collection}, got ${typed.$type}`)
  }
  const validationStatus = validate === false ? undefined : check(collection, typed, validate)
  const value = lexToIpld(typed) as LexMap
  const cid = String(await cidForRecord(value))
  return { ...request, rkey, value, cid, blobs: blobsIn(value), validationStatus }
}

export function blobsIn(value: LexMap): readonly string[] {
  return [...new Set([...enumBlobRefs(value)].map((blob) => getBlobCidString(blob)))]
}

function check(collection: string, record: RepoRecord, demanded?: boolean): 'valid' | 'unknown' {
  if (lexicons.get(collection) === undefined) {
    if (demanded) throw new InvalidRequestError(`Unknown lexicon type: ${collection}`)
    return 'unknown'
  }
  const result = lexicons.validate(collection, record)
  if (result.success) return 'valid'
  throw new InvalidRequestError(`Invalid ${collection} record: ${result.error.message}`)
}

export function pathOf({ collection, rkey }: Pick<IndexedRecord, 'collection' | 'rkey'>): string {
  return formatDataKey(collection, rkey)
}

/**
 * Compares writes with the existing records.
 *
 * @throws InvalidSwapError @throws InvalidRequestError
 */
export async function planWrites(db: Database, did: string, writes: readonly Write[]) {
  if (new Set(writes.map(pathOf)).size < writes.length) {
    throw new InvalidRequestError('Two writes change the same record')
  }
  const { rows } = await sql<IndexedRecord>`select collection, rkey, cid from pds.record
    where did = ${did} and ${isOneOf(writes)}`.execute(db)
  const present = new Map(rows.map((row) => [pathOf(row), row.cid]))
  return writes.map((write): Step => {
    const { swapRecord, cid } = write
    const path = pathOf(write)
    const prev = present.get(path)
    if (swapRecord !== undefined && swapRecord !== (prev ?? null)) {
      throw new InvalidSwapError(`Record was at ${prev ?? null}`)
    }
    if (write.action === 'create' && prev !== undefined) {
      throw new InvalidRequestError(`A record at ${path} already exists`)
    }
    if ((write.action === 'update' || write.action === 'delete') && prev === undefined) {
      throw new InvalidRequestError(`There is no record at ${path}`)
    }
    const action = cid === undefined ? 'delete' : prev === undefined ? 'create' : 'update'
    return { ...write, action, prev }
  })
}
