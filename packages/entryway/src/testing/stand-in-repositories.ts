import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** The data of an account at a stand-in host. */
export interface StandInRepository {
  /** Stands for the records: an import copies the whole repository. */
  commit: string
  isActive: boolean
  isTakenDown: boolean
  readonly expectedBlobs: Set<string>
  readonly blobs: Map<string, string>
  preferences: readonly unknown[]
}

export function emptyRepository(did: string): StandInRepository {
  return {
    commit: `first of ${did}`,
    isActive: true,
    isTakenDown: false,
    expectedBlobs: new Set(),
    blobs: new Map(),
    preferences: [],
  }
}

type Answer = readonly [status: number, body: object | string]

const refuse = (error: string, message = error, status = 400): Answer => [
  status,
  { error, message },
]

/** Answers calls that move account data; undefined for other calls. */
export async function answerForRepository(
  req: IncomingMessage,
  url: URL,
  { did: audience, repositories, isAdmin }: StandInData,
): Promise<Answer | undefined> {
  const nsid = url.pathname.slice('/xrpc/'.length)
  const owner = isAdmin ? undefined : ownerOf(req, audience)
  const repository = repositories.get(owner ?? url.searchParams.get('did') ?? '')
  if (repository === undefined) return undefined
  const isPublic = repository.isActive && PUBLIC.has(nsid)
  if (owner === undefined && !isAdmin && !isPublic) return undefined
  switch (nsid) {
    case 'com.atproto.server.checkAccountStatus':
      return [200, { repoCommit: repository.commit }]
    case 'com.atproto.sync.getLatestCommit':
      return [200, { cid: repository.commit, rev: '3jzfcijpj2z2a' }]
    case 'com.atproto.sync.getRepo':
      return [200, JSON.stringify([repository.commit, ...repository.expectedBlobs])]
    case 'com.atproto.repo.importRepo': {
      const [commit = '', ...blobs] = JSON.parse(await text(req)) as string[]
      repository.commit = commit
      for (const blob of blobs) repository.expectedBlobs.add(blob)
      return [200, {}]
    }
    case 'com.atproto.repo.listMissingBlobs': {
      const after = url.searchParams.get('cursor') ?? ''
      const missing = [...repository.expectedBlobs].filter(
        (cid) => !repository.blobs.has(cid) && cid > after,
      )
      return [200, { blobs: missing.map((cid) => ({ cid, recordUri: '' })) }]
    }
    case 'com.atproto.sync.getBlob': {
      const blob = repository.blobs.get(url.searchParams.get('cid') ?? '')
      return blob === undefined ? refuse('InvalidRequest', 'Blob not found') : [200, blob]
    }
    case 'com.atproto.repo.uploadBlob': {
      const blob = await text(req)
      repository.blobs.set(`cid of ${blob}`, blob)
      return [200, {}]
    }
    case 'app.bsky.actor.getPreferences':
      return [200, { preferences: repository.preferences }]
    case 'app.bsky.actor.putPreferences':
      ;({ preferences: repository.preferences } = JSON.parse(await text(req)))
      return [200, {}]
    case 'com.atproto.repo.applyWrites':
      if (!repository.isActive) return refuse('AccountDeactivated', '', 401)
      repository.commit += ', signed here'
      return [200, {}]
    default:
      return undefined
  }
}

/** Answered without a token for an active account. */
const PUBLIC: ReadonlySet<string> = new Set([
  'com.atproto.sync.getLatestCommit',
  'com.atproto.sync.getRepo',
  'com.atproto.sync.getBlob',
])

interface StandInData {
  readonly did: string
  readonly repositories: ReadonlyMap<string, StandInRepository>
  readonly isAdmin: boolean
}

/** The subject of a session token for this host. */
function ownerOf({ headers }: IncomingMessage, audience: string): string | undefined {
  const [, payload] = (headers.authorization ?? '').split('.', 2)
  if (payload === undefined) return undefined
  const { sub, aud } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return aud === audience ? sub : undefined
}
