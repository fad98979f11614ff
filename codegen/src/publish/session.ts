import { jsonOf, type Network } from '../network/network.ts'

/** A session at a PDS for the duration of publishing. */
export interface Session {
  readonly did: string
  /**
   * Writes the record of a document over the version that was compared.
   *
   * @returns the CID of the record
   */
  put(
    nsid: string,
    record: { readonly document: object; readonly over: string | null },
  ): Promise<string>
  end(): Promise<void>
}

export interface LogIn {
  readonly pds: string
  /** A DID or handle. */
  readonly identifier: string
  readonly password: string
}

interface Answer {
  readonly did?: unknown
  readonly accessJwt?: unknown
  readonly refreshJwt?: unknown
  readonly cid?: unknown
}

export async function logIn(
  { pds, identifier, password }: LogIn,
  network: Network,
): Promise<Session> {
  const call = async (method: string, token?: unknown, input?: object): Promise<Answer> => {
    const response = await network.fetch(new URL(`/xrpc/com.atproto.${method}`, pds).href, {
      method: 'POST',
      headers: {
        ...(input && { 'Content-Type': 'application/json' }),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      ...(input && { body: JSON.stringify(input) }),
    })
    const answer: Answer = await jsonOf(response)
    if (response.ok) return answer
    const { error = 'an error', message = '' } = answer as { error?: unknown; message?: unknown }
    throw new Error(
      `${pds} refuses com.atproto.${method} with ${response.status} ${error}: ${message}`,
    )
  }

  const { did, accessJwt, refreshJwt } = await call('server.createSession', undefined, {
    identifier,
    password,
  })
  if (typeof did !== 'string' || typeof accessJwt !== 'string') {
    throw new Error(`${pds} does not answer com.atproto.server.createSession as a PDS does`)
  }
  return {
    did,
    put: async (nsid, { document, over }) => {
      const { cid } = await call('repo.putRecord', accessJwt, {
        repo: did,
        collection: COLLECTION,
        rkey: nsid,
        record: { $type: COLLECTION, ...document },
        swapRecord: over,
      })
      return String(cid)
    },
    end: async () => {
      await call('server.deleteSession', refreshJwt)
    },
  }
}

const COLLECTION = 'com.atproto.lexicon.schema'
