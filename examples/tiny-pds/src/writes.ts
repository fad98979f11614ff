import { TID } from '@atproto/common-web'
import { enumBlobRefs, getBlobCidString, type LexMap } from '@atproto/lex-data'
import { lexToIpld, type RepoRecord } from '@atproto/lexicon'
import { InvalidRequestError } from '@atproto/xrpc-server'
import { lexicons } from '../generated/lexicons.ts'

/** `put` creates the record or replaces it; `drop` deletes it if it is there. */
export type WriteAction = 'create' | 'update' | 'put' | 'delete' | 'drop'

/** A change of one record that a client asks for. */
export interface WriteRequest {
  readonly action: WriteAction
  readonly collection: string
  /** A new one for the time of the write when not given. */
  readonly rkey?: string | undefined
  readonly record?: Readonly<Record<string, unknown>> | undefined
  /** The CID that the record must have now; null if it must not be there. */
  readonly swapRecord?: string | null | undefined
}

/** A change that can be made. */
export interface Write extends WriteRequest {
  readonly rkey: string
  /** The record as it will be stored; undefined for a deletion. */
  readonly value?: LexMap
  /** CIDs of the blobs that the record refers to. */
  readonly blobs: readonly string[]
  readonly validationStatus?: 'valid' | 'unknown' | undefined
}

/**
 * Checks a record against the lexicon of its collection, if that is known.
 *
 * @param validate true demands that the lexicon is known, false checks nothing.
 * @throws InvalidRequestError
 */
export function prepareWrite(request: WriteRequest, validate?: boolean): Write {
  const { action, collection, record, rkey = TID.nextStr() } = request
  if (action === 'delete' || action === 'drop') return { ...request, rkey, blobs: [] }
  const typed = { ...record, $type: record?.$type ?? collection }
  if (typed.$type !== collection) {
    throw new InvalidRequestError(`Invalid $type: expected ${collection}, got ${typed.$type}`)
  }
  const validationStatus = validate === false ? undefined : check(collection, typed, validate)
  const value = lexToIpld(typed) as LexMap
  return { ...request, rkey, value, blobs: blobsIn(value), validationStatus }
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
