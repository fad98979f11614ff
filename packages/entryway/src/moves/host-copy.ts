import type { ForeignPds, Host } from '../hosts/host.ts'
import { HostUnavailable, readText } from '../hosts/host-client.ts'
import { findPublicCommit } from './public-commit.ts'

/** An account with its old PDS and its new host. */
export interface Route {
  readonly did: string
  readonly from: Host | ForeignPds
  readonly to: Host
  readonly signal: AbortSignal
}

/** Copies the data of an account to a host. Bodies are streamed. */
export interface HostCopy {
  /** The CID of the latest commit. */
  findCommit(pds: Host | ForeignPds, route: Route): Promise<string>
  copyRepository(route: Route): Promise<void>
  /** Lists blobs that the new host lacks, after a CID. */
  listMissingBlobs(route: Route, after: string | undefined): Promise<readonly string[]>
  /** False if the old PDS does not have the blob, or the new host refuses it. */
  copyBlob(route: Route, cid: string): Promise<boolean>
  /** Copies preferences between hosts. */
  copyPreferences(route: Route): Promise<void>
  /**
   * Stores preferences at the new host.
   *
   * @param preferences JSON text of the input.
   * @returns false if the host refuses them.
   */
  putPreferences(route: Route, preferences: string): Promise<boolean>
  /** Adds an empty commit, which the new host signs with its key. */
  commit(route: Route): Promise<void>
}

export interface HostCopyOptions {
  readonly fetch: typeof globalThis.fetch
  /** For PDSes that are not hosts. */
  readonly safeFetch: typeof globalThis.fetch
  readonly passwordOf: (did: string) => Promise<string>
  /** Signs an access token of an account for a host. */
  readonly tokenOf: (did: string, host: Host) => Promise<string>
}

interface Call {
  readonly nsid: string
  readonly params?: Readonly<Record<string, string>>
  /** None for PDSes that are not hosts. */
  readonly authorization?: string | undefined
  readonly body?: string | ReadableStream<Uint8Array> | null
  readonly encoding?: string
  readonly signal: AbortSignal
}

export function createHostCopy(options: HostCopyOptions): HostCopy {
  const { passwordOf, tokenOf } = options

  /** Returns the answer, whatever its status. undici times out after five minutes without data. */
  async function call({ url, did }: Host | ForeignPds, request: Call): Promise<Response> {
    const { nsid, params = {}, authorization, body, encoding, signal } = request
    const send = did === undefined ? options.safeFetch : options.fetch
    try {
      return await send(`${url}/xrpc/${nsid}?${new URLSearchParams(params)}`, {
        headers: {
          ...(authorization !== undefined && { authorization }),
          'accept-encoding': 'identity',
          ...(encoding !== undefined && { 'content-type': encoding }),
        },
        ...(body !== undefined && { method: 'POST', body, duplex: 'half' }),
        redirect: 'error',
        signal,
      } as RequestInit)
    } catch (cause) {
      signal.throwIfAborted()
      throw new HostUnavailable(`The connection to ${url} was lost during ${nsid}`, { cause })
    }
  }

  /** @throws {HostUnavailable} for any answer but 200. */
  async function demand(host: Host | ForeignPds, request: Call): Promise<Response> {
    const response = await call(host, request)
    if (response.status === 200) return response
    throw new HostUnavailable(await describe(host, request, response))
  }

  /** Undefined for a PDS that is not a host, which only answers what is public. */
  const asAdmin = async (host: Host | ForeignPds): Promise<string | undefined> =>
    host.did && `Basic ${Buffer.from(`admin:${await passwordOf(host.did)}`).toString('base64')}`
  const asOwner = async (did: string, host: Host): Promise<string> =>
    `Bearer ${await tokenOf(did, host)}`

  async function ask(host: Host, { did, signal }: Route, request: Partial<Call>): Promise<unknown> {
    const authorization = await asOwner(did, host)
    const response = await demand(host, { nsid: '', authorization, signal, ...request })
    return response.headers.get('content-type')?.startsWith('application/json')
      ? await response.json()
      : await response.body?.cancel()
  }

  return {
    findCommit: async (host, route) => {
      if (host.did === undefined) {
        return (await findPublicCommit(options.safeFetch, { ...route, url: host.url })).cid
      }
      const status = await ask(host, route, { nsid: 'com.atproto.server.checkAccountStatus' })
      return textIn(status, 'repoCommit')
    },

    copyRepository: async (route) => {
      const { did, from, to, signal } = route
      const car = await demand(from, {
        nsid: 'com.atproto.sync.getRepo',
        params: { did },
        authorization: await asAdmin(from),
        signal,
      })
      await ask(to, route, {
        nsid: 'com.atproto.repo.importRepo',
        body: car.body,
        encoding: 'application/vnd.ipld.car',
      })
    },

    listMissingBlobs: async (route, after) => {
      const answer = await ask(route.to, route, {
        nsid: 'com.atproto.repo.listMissingBlobs',
        params: { limit: '500', ...(after !== undefined && { cursor: after }) },
      })
      return listIn(answer, 'blobs').map((blob) => textIn(blob, 'cid'))
    },

    copyBlob: async ({ did, from, to, signal }, cid) => {
      const read = {
        nsid: 'com.atproto.sync.getBlob',
        params: { did, cid },
        authorization: await asAdmin(from),
        signal,
      }
      const blob = await call(from, read)
      if (blob.status !== 200) {
        const trouble = await describe(from, read, blob)
        if (LOST_BLOB.test(trouble)) return false
        throw new HostUnavailable(trouble)
      }
      const write = {
        nsid: 'com.atproto.repo.uploadBlob',
        authorization: await asOwner(did, to),
        body: blob.body,
        encoding: blob.headers.get('content-type') ?? 'application/octet-stream',
        signal,
      }
      const answer = await call(to, write)
      if (answer.status === 200) {
        await answer.body?.cancel()
        return true
      }
      const trouble = await describe(to, write, answer)
      if (answer.status === 413 || REFUSED_BLOB.test(trouble)) return false
      throw new HostUnavailable(trouble)
    },

    copyPreferences: async (route) => {
      const { did, from, to, signal } = route
      if (from.did === undefined) throw new TypeError('Only owners can read their preferences')
      const read = {
        nsid: 'app.bsky.actor.getPreferences',
        authorization: await asOwner(did, from),
        signal,
      }
      const answer = await call(from, read)
      if (answer.status !== 200) {
        const trouble = await describe(from, read, answer)
        if (NO_PREFERENCES.test(trouble)) return
        throw new HostUnavailable(trouble)
      }
      const preferences = listIn(await answer.json(), 'preferences')
      if (preferences.length === 0) return
      await ask(to, route, {
        nsid: 'app.bsky.actor.putPreferences',
        body: JSON.stringify({ preferences }),
        encoding: 'application/json',
      })
    },

    putPreferences: async ({ did, to, signal }, preferences) => {
      const write = {
        nsid: 'app.bsky.actor.putPreferences',
        authorization: await asOwner(did, to),
        body: preferences,
        encoding: 'application/json',
        signal,
      }
      const answer = await call(to, write)
      if (answer.status === 200) {
        await answer.body?.cancel()
        return true
      }
      const trouble = await describe(to, write, answer)
      if (answer.status === 400 || NO_PREFERENCES.test(trouble)) return false
      throw new HostUnavailable(trouble)
    },

    commit: async (route) => {
      await ask(route.to, route, {
        nsid: 'com.atproto.repo.applyWrites',
        body: JSON.stringify({ repo: route.did, writes: [] }),
        encoding: 'application/json',
      })
    },
  }
}

/** Answers of the official PDS for which a retry is useless. */
const LOST_BLOB = /blob ?not ?found/i
const REFUSED_BLOB = /"InvalidMimeType"|"InvalidSize"|Blob has been takendown/
/** Answers of a PDS without an app view, which would store preferences. */
const NO_PREFERENCES = /No service configured|"MethodNotImplemented"/

const MAX_TEXT = 400

async function describe(
  { url }: Host | ForeignPds,
  { nsid }: Call,
  response: Response,
): Promise<string> {
  const text = await readText(response).catch(() => '')
  return `${url} answered ${nsid} with ${response.status} ${text}`.slice(0, MAX_TEXT)
}

function textIn(value: unknown, name: string): string {
  const found = isRecord(value) ? value[name] : undefined
  if (typeof found === 'string') return found
  throw new HostUnavailable(`A host sent an answer without ${name}`)
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const found = isRecord(value) ? value[name] : undefined
  if (Array.isArray(found)) return found
  throw new HostUnavailable(`A host sent an answer without ${name}`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
