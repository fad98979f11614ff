import { AtpAgent } from '@atproto/api'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { OfficialPds } from '@lexwright/testing/official-pds/start-official-pds'
import {
  type OfficialHosts,
  openOfficialHosts,
} from '../../../../scripts/checks/crash/official-hosts.ts'

const POST = 'app.bsky.feed.post'
let world: OfficialHosts
let url: string
let a: OfficialPds
let b: OfficialPds
/** Alice's account is on host A, Bob's on host B. */
let alice: AtpAgent
let bob: AtpAgent

beforeAll(async () => {
  world = await openOfficialHosts()
  url = world.url
  const [first, second] = world.hosts
  a = first.pds
  b = second.pds
  alice = await world.signUp('alice', first)
  bob = await world.signUp('bob', second)
})
afterAll(() => world.close())

const throughEntryway: OfficialHosts['throughEntryway'] = (...login) =>
  world.throughEntryway(...login)

async function post(agent: AtpAgent, text: string): Promise<{ uri: string; rkey: string }> {
  const { uri } = await agent.post({ text })
  return { uri, rkey: uri.slice(uri.lastIndexOf('/') + 1) }
}

describe('AtpAgent, with accounts on two official PDSes', () => {
  it('finds the PDS of its account, and has one account at both', async () => {
    expect([alice.sessionManager.pdsUrl?.origin, bob.sessionManager.pdsUrl?.origin]).toEqual([
      a.url,
      b.url,
    ])
    const { data: ofHost } = await alice.com.atproto.server.getSession()
    const { data: ofEntryway } = await (
      await throughEntryway('alice.test')
    ).com.atproto.server.getSession()
    expect(ofHost).toMatchObject({ handle: 'alice.test', email: 'alice@example.com', active: true })
    expect(ofEntryway).toEqual(ofHost)
  })

  it('posts and reads through the entryway', async () => {
    for (const name of ['alice', 'bob']) {
      const agent = await throughEntryway(`${name}.test`)
      const { rkey } = await post(agent, `Hello from ${name}.`)
      const repo = agent.session?.did ?? ''
      expect((await agent.getPost({ repo, rkey })).value.text).toBe(`Hello from ${name}.`)
      const blob = await agent.uploadBlob(new Uint8Array([1, 2, 3]), { encoding: 'image/png' })
      expect(blob.data.blob.size).toBe(3)
      const { data: status } = await agent.com.atproto.server.checkAccountStatus()
      expect(status).toMatchObject({ activated: true, validDid: true })
      const aud = 'did:web:feeds.test'
      const lxm = 'app.bsky.feed.getFeedSkeleton'
      const { data: proof } = await agent.com.atproto.server.getServiceAuth({ aud, lxm })
      expect(proof.token).toMatch(/\./)
    }
  })

  it('reads without a session by DID and by handle', async () => {
    const { rkey } = await post(bob, 'For everybody.')
    const anybody = new AtpAgent({ service: url })
    for (const repo of ['bob.test', bob.session?.did ?? '']) {
      const { data } = await anybody.com.atproto.repo.getRecord({ repo, collection: POST, rkey })
      expect(data.value).toMatchObject({ text: 'For everybody.' })
    }
    const { data } = await anybody.com.atproto.sync.getRepoStatus({ did: alice.session?.did ?? '' })
    expect(data.active).toBe(true)
  })

  it('refreshes at the entryway and at the PDS, and logs out', async () => {
    const agent = await throughEntryway('alice.test')
    await agent.sessionManager.refreshSession()
    await post(agent, 'After a refresh.')
    const refresh = () =>
      fetch(`${a.url}/xrpc/com.atproto.server.refreshSession`, {
        method: 'POST',
        headers: { authorization: `Bearer ${agent.session?.refreshJwt}` },
      })
    expect((await refresh()).status).toBe(200)
    const headers = { authorization: `Bearer ${agent.session?.refreshJwt}` }
    await agent.logout()
    const response = await fetch(`${url}/xrpc/com.atproto.server.refreshSession`, {
      method: 'POST',
      headers,
    })
    expect(await response.json()).toMatchObject({ error: 'ExpiredToken' })
  })

  it('creates an app password through the PDS, and posts with it', async () => {
    const { data } = await alice.com.atproto.server.createAppPassword({ name: 'app' })
    await post(await throughEntryway('alice.test', data.password), 'From an app.')
    const { data: listed } = await alice.com.atproto.server.listAppPasswords()
    expect(listed.passwords.map(({ name }) => name)).toEqual(['app'])
  })

  it('gets the answer of the PDS for an unknown method', async () => {
    const agent = await throughEntryway('alice.test')
    const response = await agent.sessionManager.fetchHandler('/xrpc/com.example.unknown', {})
    expect(await response.json()).toMatchObject({
      message: 'No service configured for com.example.unknown',
    })
  })
})

it('a PDS refuses the token of an account of another PDS', async () => {
  const response = await fetch(`${b.url}/xrpc/com.atproto.server.checkAccountStatus`, {
    headers: { authorization: `Bearer ${alice.session?.accessJwt}` },
  })
  expect(await response.json()).toMatchObject({ error: 'InvalidToken' })
})
