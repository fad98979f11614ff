import assert from 'node:assert/strict'
import { verifyRepository } from '@lexwright/testing/official-pds/verify-repository'
import type { EntrywayHost, EntrywayWorld } from './entryway-world.ts'

/** A session of the owner of an account, whose access token is for the account's host. */
interface Session {
  readonly did: string
  readonly accessJwt: string
}

const PICTURE = 'a picture'
const PREFERENCES = [{ $type: 'app.bsky.actor.defs#interestsPref', tags: ['moves'] }]

/** Writes a post with a picture, and preferences. */
export async function write(host: EntrywayHost, session: Session): Promise<void> {
  const { blob } = await call(host, session, 'com.atproto.repo.uploadBlob', PICTURE)
  await post(host, session, { $type: 'app.bsky.embed.images', images: [{ image: blob, alt: '' }] })
  await call(host, session, 'app.bsky.actor.putPreferences', { preferences: PREFERENCES })
}

export async function post(host: EntrywayHost, session: Session, embed?: object): Promise<void> {
  const $type = 'app.bsky.feed.post'
  const record = { $type, text: 'Hello.', createdAt: new Date().toISOString(), embed }
  const input = { repo: session.did, collection: $type, record }
  await call(host, session, 'com.atproto.repo.createRecord', input)
}

/** Checks that everything written is at a host, and that the repository there verifies. */
export async function expectWritten(
  world: EntrywayWorld,
  {
    host,
    session,
    posts,
  }: { readonly host: EntrywayHost; readonly session: Session; readonly posts: number },
): Promise<void> {
  const { did } = session
  const read = async (nsid: string, params: Record<string, string>): Promise<Buffer> => {
    const query = new URLSearchParams({ did, ...params })
    const response = await fetch(`${host.pds.url}/xrpc/com.atproto.sync.${nsid}?${query}`)
    assert.equal(response.status, 200, nsid)
    return Buffer.from(await response.arrayBuffer())
  }
  const document = JSON.stringify(await world.accounts.service.resolveDid(did, { isFresh: true }))
  const signingKey = `did:key:${/"publicKeyMultibase":"(\w+)"/.exec(document)?.[1]}`
  const records = await verifyRepository(await read('getRepo', {}), { did, signingKey })
  assert.equal(records.length, posts, 'posts')
  const { cids } = JSON.parse(String(await read('listBlobs', {})))
  assert.equal(String(await read('getBlob', { cid: cids[0] })), PICTURE)
  const { preferences } = await call(host, session, 'app.bsky.actor.getPreferences')
  assert.deepEqual(preferences, PREFERENCES)
}

/** Calls a method of a host for the owner; POSTs an input. */
async function call(
  { pds }: EntrywayHost,
  { accessJwt }: Session,
  nsid: string,
  input?: object | string,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${pds.url}/xrpc/${nsid}`, {
    headers: {
      authorization: `Bearer ${accessJwt}`,
      'content-type': typeof input === 'string' ? 'image/png' : 'application/json',
    },
    ...(input !== undefined && {
      method: 'POST',
      body: typeof input === 'string' ? input : JSON.stringify(input),
    }),
  })
  const text = await response.text()
  assert.equal(response.status, 200, `${nsid}: ${text}`)
  return text === '' ? {} : JSON.parse(text)
}
