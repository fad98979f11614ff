import type { XrpcClient } from '@atproto/xrpc'
import { callMethod, type MethodDescriptor } from './call-method.ts'
import type { CompiledValidator } from './compiled-lexicons.ts'
import type { Un$Typed } from './typed.ts'

/** The location of a record. */
export interface RecordPlace {
  /** The handle or DID of its repository. */
  repo: string
  rkey: string
}

/** The location for a new record, and the conditions of the write. */
export interface WriteParams {
  /** The handle or DID of the repository. */
  repo: string
  /**
   * True if the server must know the record's lexicon, false to skip validation; by default it validates if it knows
   * the lexicon.
   */
  validate?: boolean
  /** The CID that the repository's last commit must have. */
  swapCommit?: string
}

/** A record after it was stored. */
export interface StoredRecord {
  uri: string
  cid: string
}

/** A record with its value, which has not been validated. */
export interface FoundRecord<Value> {
  uri: string
  cid?: string
  value: Value
}

/**
 * The records of one collection, through the methods of `com.atproto.repo`, whose documents the client need not have.
 * Every method throws an `XRPCError` for an error response or a malformed answer.
 */
export class RecordClient<Value extends { $type?: string }> {
  readonly #client: XrpcClient
  readonly #collection: string
  readonly #key: string | undefined

  /** @param key the record key, if the collection has a single record */
  constructor(client: XrpcClient, collection: string, key?: string) {
    this.#client = client
    this.#collection = collection
    this.#key = key
  }

  list(params: {
    repo: string
    limit?: number
    cursor?: string
    reverse?: boolean
  }): Promise<{ cursor?: string; records: FoundRecord<Value>[] }> {
    return this.#query(LIST, params)
  }

  get(params: RecordPlace & { cid?: string }): Promise<FoundRecord<Value>> {
    return this.#query(GET, params)
  }

  create(
    params: WriteParams & { rkey?: string },
    record: Un$Typed<Value>,
    headers?: Record<string, string>,
  ): Promise<StoredRecord> {
    const key = this.#key === undefined ? {} : { rkey: this.#key }
    return this.#write(CREATE, { ...key, ...params, record: this.#typed(record) }, headers)
  }

  put(
    params: WriteParams & RecordPlace & { swapRecord?: string | null },
    record: Un$Typed<Value>,
    headers?: Record<string, string>,
  ): Promise<StoredRecord> {
    return this.#write(PUT, { ...params, record: this.#typed(record) }, headers)
  }

  async delete(
    params: RecordPlace & { swapRecord?: string; swapCommit?: string },
    headers?: Record<string, string>,
  ): Promise<void> {
    await this.#write(DELETE, params, headers)
  }

  #typed(record: Un$Typed<Value>): object {
    return { ...record, $type: this.#collection }
  }

  async #query<Data>(method: MethodDescriptor, params: object): Promise<Data> {
    const all = { ...params, collection: this.#collection }
    return (await callMethod(this.#client, method, all, undefined, undefined)).data as Data
  }

  async #write(
    method: MethodDescriptor,
    params: object,
    headers: Record<string, string> | undefined,
  ): Promise<StoredRecord> {
    const input = { ...params, collection: this.#collection }
    const options = { encoding: 'application/json', ...(headers && { headers }) }
    return (await callMethod(this.#client, method, undefined, input, options)).data
  }
}

/** Accepts an object whose listed properties have the given types. */
function withTypes(types: Readonly<Record<string, 'string' | 'object'>>): CompiledValidator {
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined
    const fits = Object.entries(types).every(
      ([name, type]) => typeof Reflect.get(value, name) === type,
    )
    return fits ? value : undefined
  }
}

const STORED: CompiledValidator = withTypes({ uri: 'string', cid: 'string' })

const LIST: MethodDescriptor = {
  nsid: 'com.atproto.repo.listRecords',
  type: 'query',
  parameters: {
    ...{ repo: 'string', collection: 'string', limit: 'integer', cursor: 'string' },
    reverse: 'boolean',
  },
  output: withTypes({ records: 'object' }),
}

const GET: MethodDescriptor = {
  nsid: 'com.atproto.repo.getRecord',
  type: 'query',
  parameters: { repo: 'string', collection: 'string', rkey: 'string', cid: 'string' },
  output: withTypes({ uri: 'string', value: 'object' }),
}

const CREATE: MethodDescriptor = {
  nsid: 'com.atproto.repo.createRecord',
  type: 'procedure',
  parameters: {},
  output: STORED,
}

const PUT: MethodDescriptor = { ...CREATE, nsid: 'com.atproto.repo.putRecord' }

const DELETE: MethodDescriptor = {
  nsid: 'com.atproto.repo.deleteRecord',
  type: 'procedure',
  parameters: {},
}
