import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { createOp } from '@did-plc/lib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { HttpFault } from '@lexwright/testing/network/http-fault-proxy'
import {
  type OfficialHost,
  type OfficialHosts,
  openOfficialHosts,
  PASSWORD,
} from '../../../../scripts/checks/crash/official-hosts.ts'

let world: OfficialHosts
let host: OfficialHost
/** An agent that calls the PDS. */
let alice: AtpAgent
let did: string
let count = 0

beforeAll(async () => {
  world = await openOfficialHosts()
  ;[host] = world.hosts
  alice = await world.signUp('alice', host)
  did = alice.assertDid
})
afterAll(() => world.close())
afterEach(async () => {
  expect(await world.entryway.operator.listOutbox()).toEqual([])
})

const nextHandle = (): string => `alice-${++count}.test`

async function get(origin: string, nsid: string, params: Record<string, string>) {
  const password = Buffer.from(`admin:${host.pds.adminPassword}`).toString('base64')
  const response = await fetch(`${origin}/xrpc/${nsid}?${new URLSearchParams(params)}`, {
    headers: { authorization: `Basic ${password}` },
  })
  return (await response.json()) as Readonly<Record<string, unknown>>
}

const statusAtHost = () => get(host.pds.url, 'com.atproto.admin.getSubjectStatus', { did })

/** Asserts the handle at the entryway, at the PDS and in the directory. */
async function expectHandle(handle: string): Promise<void> {
  const { data } = await alice.com.atproto.server.getSession()
  const atHost = await get(host.pds.url, 'com.atproto.admin.getAccountInfo', { did })
  const log = await world.directory.log(did)
  expect([data.handle, atHost.handle]).toEqual([handle, handle])
  expect(log.at(-1)).toMatchObject({ alsoKnownAs: [`at://${handle}`] })
  expect(await world.accounts.service.resolveHandle(handle)).toBe(did)
}

/** The code of the newest mail. */
async function newestCode(): Promise<string> {
  await world.accounts.runDueJobs()
  const code = /\b[a-z2-7]{5}-[a-z2-7]{5}\b/i.exec(world.mailbox.messages.at(-1)?.text ?? '')?.[0]
  if (code === undefined) throw new Error('The newest mail has no code.')
  return code
}

describe('an account on an official PDS', () => {
  it('changes its handle at the PDS, at the entryway and by the operator', async () => {
    const atEntryway = await world.throughEntryway('alice@example.com')
    const ways: readonly ((handle: string) => Promise<unknown>)[] = [
      (handle) => alice.com.atproto.identity.updateHandle({ handle }),
      (handle) => atEntryway.com.atproto.identity.updateHandle({ handle }),
      (handle) => world.accounts.operator.changeHandle(did, handle),
    ]
    for (const change of ways) {
      const handle = nextHandle()
      await change(handle)
      await expectHandle(handle)
    }
  })

  it('gets the refusals of the entryway through the PDS', async () => {
    await world.signUp('bob', world.hosts[1])
    for (const [handle, message] of [
      ['bob.test', 'Handle already taken: bob.test'],
      ['custom-domain.dev', 'External handle did not resolve to DID'],
    ] as const) {
      const change = alice.com.atproto.identity.updateHandle({ handle })
      await expect(change).rejects.toMatchObject({ status: 400, message })
    }
  })

  it('is not created with an operation of its own at the PDS', async () => {
    const signer = await Secp256k1Keypair.create()
    const anybody = new AtpAgent({ service: host.pds.url })
    const { data } = await anybody.com.atproto.server.reserveSigningKey({})
    const handle = 'own-operation.test'
    const { did: own, op: plcOp } = await createOp({
      signingKey: data.signingKey,
      handle,
      pds: host.pds.url,
      rotationKeys: [signer.did()],
      signer,
    })
    const creation = anybody.com.atproto.server.createAccount({ did: own, handle, plcOp })
    await expect(creation).rejects.toThrow(/plc operation|rotation key/i)
  })

  it('is deactivated and activated from either side', async () => {
    const atEntryway = await world.throughEntryway('alice@example.com')
    for (const [off, on] of [
      [alice, atEntryway],
      [atEntryway, alice],
    ] as const) {
      await off.com.atproto.server.deactivateAccount({})
      expect(await statusAtHost()).toMatchObject({ deactivated: { applied: true } })
      const { data } = await atEntryway.com.atproto.server.getSession()
      expect(data).toMatchObject({ active: false, status: 'deactivated' })
      await on.com.atproto.server.activateAccount()
      expect(await statusAtHost()).toMatchObject({ deactivated: { applied: false } })
    }
  })

  it('signs operations of its owner, which either side publishes', async () => {
    const atEntryway = await world.throughEntryway('alice@example.com')
    const { handle } = (await alice.com.atproto.server.getSession()).data
    for (const [number, agent] of [alice, atEntryway].entries()) {
      const before = (await world.directory.log(did)).length
      await agent.com.atproto.identity.requestPlcOperationSignature()
      const alsoKnownAs = [`at://${handle}`, `at://alias-${number}.example`]
      const token = await newestCode()
      const { data } = await agent.com.atproto.identity.signPlcOperation({ token, alsoKnownAs })
      await agent.com.atproto.identity.submitPlcOperation({ operation: data.operation })
      const log = await world.directory.log(did)
      expect(log).toHaveLength(before + 1)
      expect(log.at(-1)).toMatchObject({ alsoKnownAs })
    }
  })

  it('gets another address and password from the admin of its PDS, and of no other', async () => {
    const { admin } = alice.com.atproto
    const as = ({ pds }: OfficialHost) => ({
      headers: { authorization: `Basic ${btoa(`admin:${pds.adminPassword}`)}` },
    })
    const email = 'alice-2@example.com'
    await admin.updateAccountEmail({ account: did, email }, as(host))
    await admin.updateAccountEmail({ account: did, email: 'alice@example.com' }, as(host))
    await admin.updateAccountPassword({ did, password: PASSWORD }, as(host))
    alice = new AtpAgent({ service: world.url })
    await alice.login({ identifier: 'alice@example.com', password: PASSWORD })
    const elsewhere = new AtpAgent({ service: world.hosts[1].pds.url }).com.atproto.admin
    const change = elsewhere.updateAccountPassword({ did, password: PASSWORD }, as(world.hosts[1]))
    await expect(change).rejects.toThrow('The host has no such account')
  })

  const faults: readonly HttpFault[] = [
    'drop-before',
    'drop-after',
    { status: 500 },
    { status: 502 },
  ]
  it.each(faults)('loses no update with faults on the way to the PDS: %j', async (fault) => {
    const { operator } = world.entryway
    const handle = nextHandle()
    host.proxy.fail(fault)
    await alice.com.atproto.identity.updateHandle({ handle })
    await alice.com.atproto.server.deactivateAccount({})
    expect(await operator.listOutbox()).toMatchObject([{ did, kinds: ['handle', 'status'] }])
    host.proxy.fail('pass')
    expect(await operator.runOutbox()).toEqual({ done: 1, failed: 0 })
    expect(await statusAtHost()).toMatchObject({ deactivated: { applied: true } })
    await alice.com.atproto.server.activateAccount()
    expect(await get(host.pds.url, 'com.atproto.admin.getAccountInfo', { did })).toMatchObject({
      handle,
    })
  })

  it('is updated at its PDS after that was killed', async () => {
    const { operator } = world.entryway
    const atEntryway = await world.throughEntryway('alice@example.com')
    const handle = nextHandle()
    await host.pds.kill()
    await atEntryway.com.atproto.identity.updateHandle({ handle })
    expect(await operator.listOutbox()).toMatchObject([{ did, handle, attempts: 1 }])
    await host.pds.start()
    expect(await operator.runOutbox()).toEqual({ done: 1, failed: 0 })
    const atHost = await get(host.pds.url, 'com.atproto.admin.getAccountInfo', { did })
    expect(atHost.handle).toBe(handle)
  })

  it('is taken down with the reference, until that is lifted', async () => {
    const { operator } = world.accounts
    await operator.disableAccount(did, 'case 7')
    expect(await statusAtHost()).toMatchObject({ takedown: { applied: true, ref: 'case 7' } })
    await operator.enableAccount(did)
    expect(await statusAtHost()).toMatchObject({ takedown: { applied: false } })
    alice = new AtpAgent({ service: world.url })
    await alice.login({ identifier: 'alice@example.com', password: PASSWORD })
    await alice.post({ text: 'Back again.' })
  })

  it('is deleted through its PDS, which keeps nothing of it after the purge', async () => {
    await alice.com.atproto.server.requestAccountDelete()
    const token = await newestCode()
    await alice.com.atproto.server.deleteAccount({ did, password: PASSWORD, token })
    expect(await statusAtHost()).toMatchObject({ takedown: { applied: true } })
    host.proxy.fail(['drop-after'])
    await world.accounts.operator.purgeAccount(did)
    expect(await world.entryway.operator.listOutbox()).toMatchObject([{ did, kinds: ['removal'] }])
    await world.entryway.operator.runOutbox()
    expect(await statusAtHost()).toMatchObject({ error: 'NotFound' })
    await world.entryway.operator.removeHost(host.did)
  })
})
