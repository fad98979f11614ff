import { HostUnavailable, readAnswer, unexpected } from '../hosts/host-client.ts'

/** The latest commit of a repository. */
export interface Commit {
  readonly cid: string
  readonly rev: string
}

interface Repository {
  /** URL of the PDS. */
  readonly url: string
  readonly did: string
  readonly signal: AbortSignal
}

const NSID = 'com.atproto.sync.getLatestCommit'

/**
 * Asks a PDS for the latest commit of a repository, as anybody can.
 *
 * @throws {HostUnavailable}
 */
export async function findPublicCommit(
  send: typeof globalThis.fetch,
  { url, did, signal }: Repository,
): Promise<Commit> {
  const response = await send(`${url}/xrpc/${NSID}?${new URLSearchParams({ did })}`, {
    redirect: 'error',
    signal,
  }).catch((cause: unknown) => {
    throw new HostUnavailable(`${url} cannot be reached`, { cause })
  })
  const answer = await readAnswer(response)
  const { cid, rev } = answer.body
  if (answer.status !== 200 || typeof cid !== 'string' || typeof rev !== 'string') {
    throw unexpected(url, NSID, answer)
  }
  return { cid, rev }
}
