import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AccountModule } from '@lexwright/account'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as digests from 'multiformats/hashes/digest'
import { findPublicCommit } from '../moves/public-commit.ts'
import type { ArrivalStore } from '../store/arrival-store.ts'
import type { MethodCall } from './methods.ts'
import { ProxyRefusal } from './refusal.ts'

export interface ArrivalMethodsParts {
  readonly accounts: Pick<AccountModule, 'service' | 'todaysAuth'>
  readonly arrivals: ArrivalStore
  readonly safeFetch: typeof globalThis.fetch
}

/** Answers calls of accounts that are moving in and are not at their hosts yet, like a PDS. */
export interface ArrivalMethods {
  /** @throws {ProxyRefusal} @throws {XRPCError} */
  answer(req: IncomingMessage, res: ServerResponse, call: MethodCall): Promise<void>
}

const MAX_REPOSITORY_BYTES = 2 * 1024 ** 3
const MAX_BLOB_BYTES = 100 * 1024 ** 2
/** The limit of the official PDS for JSON. */
const MAX_JSON_BYTES = 150 * 1024
const COMMIT_TIMEOUT_MS = 10_000
/** Source: https://github.com/multiformats/multicodec, `sha2-256`. */
const SHA256 = 0x12

type Method = (req: IncomingMessage, did: string) => Promise<object | undefined>

export function createArrivalMethods({
  accounts,
  arrivals,
  safeFetch,
}: ArrivalMethodsParts): ArrivalMethods {
  const queries: Readonly<Record<string, Method>> = {
    'com.atproto.server.checkAccountStatus': async (_req, did) => {
      const arrival = await arrivals.find(did)
      if (arrival === undefined) throw busy()
      const signal = AbortSignal.timeout(COMMIT_TIMEOUT_MS)
      const of = { url: arrival.from, did, signal }
      const { cid, rev } = await findPublicCommit(safeFetch, of).catch((cause: unknown) => {
        throw new ProxyRefusal(502, 'UpstreamFailure', 'The old PDS did not answer', { cause })
      })
      return {
        activated: false,
        validDid: false,
        repoCommit: cid,
        repoRev: rev,
        repoBlocks: 0,
        indexedRecords: 0,
        privateStateValues: 0,
        expectedBlobs: 0,
        importedBlobs: 0,
      }
    },
    'com.atproto.repo.listMissingBlobs': async () => ({ blobs: [] }),
    'com.atproto.identity.getRecommendedDidCredentials': (_req, did) =>
      accounts.service.recommendCredentials(did),
    'app.bsky.actor.getPreferences': async (_req, did) =>
      JSON.parse((await arrivals.findPreferences(did)) ?? '{"preferences":[]}'),
  }

  // Repositories and blobs are copied from the old PDS later.
  const procedures: Readonly<Record<string, Method>> = {
    'com.atproto.repo.importRepo': async (req) => {
      for await (const _ of bytesOf(req, MAX_REPOSITORY_BYTES));
      return undefined
    },
    'com.atproto.repo.uploadBlob': async (req) => {
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of bytesOf(req, MAX_BLOB_BYTES)) {
        hash.update(chunk)
        size += chunk.length
      }
      const link = CID.createV1(raw.code, digests.create(SHA256, hash.digest())).toString()
      const mimeType = req.headers['content-type'] ?? 'application/octet-stream'
      return { blob: { $type: 'blob', ref: { $link: link }, mimeType, size } }
    },
    'app.bsky.actor.putPreferences': async (req, did) => {
      const { preferences } = await readJson(req)
      if (!Array.isArray(preferences)) {
        throw new ProxyRefusal(400, 'InvalidRequest', 'Input must have the property "preferences"')
      }
      if (!(await arrivals.putPreferences(did, JSON.stringify({ preferences })))) throw busy()
      return undefined
    },
  }

  async function run(req: IncomingMessage, res: ServerResponse, nsid: string) {
    const { credentials } = await accounts.todaysAuth.owner({ req, res })
    const method = (req.method === 'POST' ? procedures : queries)[nsid]
    if (method === undefined) {
      throw new ProxyRefusal(400, 'AccountDeactivated', 'The account is moving in')
    }
    return await method(req, credentials.did)
  }

  return {
    answer: async (req, res, { nsid }) => {
      try {
        send(res, await run(req, res, nsid))
      } finally {
        // The unread rest of a body would block the next call on the connection.
        if (!req.complete && !res.headersSent) res.setHeader('Connection', 'close')
      }
    },
  }
}

function busy(): ProxyRefusal {
  return new ProxyRefusal(
    503,
    'TemporarilyUnavailable',
    'The data of the account is being copied; try again later',
  )
}

/** @throws {ProxyRefusal} */
async function* bytesOf(req: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  const { 'content-encoding': coding = 'identity' } = req.headers
  if (coding !== 'identity') {
    throw new ProxyRefusal(415, 'UnsupportedMediaType', `Unsupported content encoding: ${coding}`)
  }
  let size = 0
  // Destroying the request would also close the connection, on which the refusal is sent.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > limit) throw new ProxyRefusal(413, 'PayloadTooLarge', 'request entity too large')
    yield chunk
  }
}

async function readJson(req: IncomingMessage): Promise<{ readonly preferences?: unknown }> {
  const chunks: Buffer[] = []
  for await (const chunk of bytesOf(req, MAX_JSON_BYTES)) chunks.push(chunk)
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) ?? {}
  } catch (cause) {
    throw new ProxyRefusal(400, 'InvalidRequest', 'The body is not JSON', { cause })
  }
}

/** Without a body there is no content type: clients would expect JSON. */
function send(res: ServerResponse, body: object | undefined): void {
  if (body === undefined) {
    res.writeHead(200).end()
    return
  }
  const text = JSON.stringify(body)
  res.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  })
  res.end(text)
}
