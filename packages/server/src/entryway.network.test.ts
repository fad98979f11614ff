import { setTimeout as delay } from 'node:timers/promises'
import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { createOp } from '@did-plc/lib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import type { FaultPoint } from '@lexwright/testing/accounts/fault-points'
import type { HttpFault } from '@lexwright/testing/network/http-fault-proxy'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { sampleOf } from '@lexwright/testing/sample'
import {
  type EntrywayWorld,
  isCreationOrRemoval,
  openEntrywayWorld,
} from '../../../scripts/checks/crash/entryway-world.ts'

let postgres: PostgresDatabase
let world: EntrywayWorld
beforeAll(async () => {
  postgres = await createPostgresDatabase()
  world = await openEntrywayWorld(postgres.url)
}, 120_000)
afterAll(async () => {
  await world.close()
  await postgres.drop()
})
afterEach(() => {
  world.pick = 0
  world.plc.fail('pass')
  for (const { proxy } of world.hosts) proxy.fail('pass')
})

let count = 0
const nextName = (): string => `person-${++count}`
const isRequest = (request: string) => request.startsWith('POST')

async function logIn(url: string, identifier: string): Promise<AtpAgent> {
  const agent = new AtpAgent({ service: url })
  await agent.login({ identifier, password: 'correct horse battery' })
  // The PDS would call another port for methods about accounts.
  agent.sessionManager.pdsUrl = new URL(url)
  return agent
}

/** Signs up, ignores the outcome, and lets the entryway finish. */
async function signUpAtLast(name: string) {
  const answer = await world.signUp(name).catch(() => undefined)
  await world.settle()
  const { did, host } = await world.findWhole(name)
  if (answer !== undefined) expect(answer.did).toBe(did)
  return { did, host }
}

describe('an entryway in front of two official PDSes', () => {
  it('creates accounts at a random one, where AtpAgent continues', async () => {
    const [a, b] = world.hosts
    for (const [pick, host] of [
      [0, a],
      [0.5, b],
    ] as const) {
      world.pick = pick
      const name = nextName()
      await world.signUp(name)
      expect((await world.findWhole(name)).host).toBe(host)
    }
    const program = await world.start()
    const agent = new AtpAgent({ service: program.url })
    const name = nextName()
    await agent.createAccount({
      handle: `${name}.test`,
      email: `${name}@example.com`,
      password: 'correct horse battery',
    })
    const { did, host } = await world.findWhole(name)
    expect(agent.did).toBe(did)
    expect(agent.pdsUrl?.origin).toBe(host.pds.url)
    await program.signal('SIGTERM')
  })

  // `scripts/checks/entryway-sign-ups.ts` tests more faults, and all points.
  const faults: readonly HttpFault[] = ['drop-after', 'hang-after', { status: 500 }]
  it.each(faults)('loses no account with faults on the way to the PDS: %j', async (fault) => {
    world.hosts[0].proxy.fail([fault], isCreationOrRemoval)
    await signUpAtLast(nextName())
  })

  // Without an answer the PDS waits forever; it is killed below.
  const answered = faults.filter((fault) => fault !== 'hang-after')
  it.each(answered)(
    'loses no account with faults between the PDS and the directory: %j',
    async (fault) => {
      world.plc.fail([fault], isRequest)
      await signUpAtLast(nextName())
    },
  )

  it.each(sampleOf<HttpFault>(['hang', 'hang-after'], ['hang-after']))(
    'loses no account when a PDS is killed during a directory fault: %s',
    async (fault) => {
      const { pds } = world.hosts[0]
      world.plc.fail([fault], isRequest)
      const before = world.plc.requests.filter(isRequest).length
      const name = nextName()
      const answer = world.signUp(name).catch(() => {})
      while (world.plc.requests.filter(isRequest).length === before) await delay(20)
      // Lets pending requests reach the directory.
      await delay(200)
      await pds.kill()
      await answer
      await pds.start()
      await world.settle()
      await world.findWhole(name)
    },
  )

  it('uses another PDS while the first is down', async () => {
    const [a, b] = world.hosts
    await a.pds.kill()
    const name = nextName()
    await world.signUp(name)
    await a.pds.start()
    expect((await world.findWhole(name)).host).toBe(b)
  })

  it.each(sampleOf<FaultPoint>(['create:published', 'create:activated'], ['create:published']))(
    'finishes the sign-up of an entryway killed at %s',
    async (point) => {
      const name = nextName()
      await world.crash(point, name)
      await world.settle()
      await world.findWhole(name)
    },
  )

  const stages = sampleOf<FaultPoint>(
    [
      'removal:signed',
      'removal:sent',
      'handle:finishing',
      'handle:finished',
      'host:claimed',
      'host:updated',
    ],
    ['removal:sent', 'host:updated'],
  )
  it('finishes handle changes of an entryway that was killed', async () => {
    const { did } = await world.signUp(nextName())
    for (const point of stages) {
      const handle = `${nextName()}.test`
      await world.crashDuring(point, async (url) => {
        await (await logIn(url, did)).com.atproto.identity.updateHandle({ handle })
      })
      await world.settle()
      const [name = ''] = handle.split('.')
      expect((await world.findWhole(name)).did).toBe(did)
      expect(await world.entryway.operator.listOutbox()).toEqual([])
    }
  })

  it('publishes no DID for a handle already taken at the PDS', async () => {
    const [{ did: host, pds }, other] = world.hosts
    const name = nextName()
    const call = async (nsid: string, body: object) => {
      const response = await fetch(`${pds.url}/xrpc/${nsid}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(response.status).toBe(200)
      return (await response.json()) as { signingKey: string }
    }
    const { signingKey } = await call('com.atproto.server.reserveSigningKey', {})
    const signer = await Secp256k1Keypair.import(world.config.secrets.plcRotationKey)
    const { did, op: plcOp } = await createOp({
      signingKey,
      handle: `${name}.test`,
      pds: pds.url,
      rotationKeys: [signer.did()],
      signer,
    })
    await call('com.atproto.server.createAccount', { did, handle: `${name}.test`, plcOp })
    const dids = await world.countDids()
    await world.entryway.operator.drainHost(other.did)
    await expect(world.signUp(name)).rejects.toMatchObject({ code: 'handle-not-available' })
    await world.entryway.operator.openHost(other.did)
    expect(await world.countDids()).toBe(dids)
    expect(host).not.toBe(other.did)
  })

  it('ends with as many repositories and DIDs as accounts', async () => {
    const { active = 0, ...others } = await world.countAccounts()
    expect(others).toEqual({})
    // One repository belongs to the account that already existed.
    expect(await world.countRepositories()).toBe(active + 1)
    expect(await world.countDids()).toBe(active + 1)
  })

  it('finishes deletions of an entryway that was killed', async () => {
    const { operator } = world.accounts
    const before = await world.countRepositories()
    const points = sampleOf<FaultPoint>(
      ['delete:deleted', 'host:claimed', 'host:updated'],
      ['host:updated'],
    )
    for (const point of points) {
      const { did } = await world.signUp(nextName())
      await world.crashDuring(point, async (url) => {
        const { session } = await logIn(url, did)
        const headers = { authorization: `Bearer ${session?.accessJwt}` }
        await new AtpBaseClient(url).com.atproto.account.delete(undefined, { headers })
      })
      await world.settle()
      await operator.purgeAccount(did)
    }
    const [host] = world.hosts
    world.pick = 0
    const { did } = await world.signUp(nextName())
    await operator.deleteAccount(did)
    host.proxy.fail([{ status: 500 }], isCreationOrRemoval)
    await operator.purgeAccount(did)
    expect(await world.entryway.operator.listOutbox()).toMatchObject([{ did, kinds: ['removal'] }])
    await world.crashDuring('host:removed', async (url) => {
      // Waits for the background job that removes the account.
      while ((await fetch(`${url}/xrpc/_health`)).ok) await delay(100)
    })
    await world.settle()
    expect(await world.entryway.operator.listOutbox()).toEqual([])
    expect(await world.countRepositories()).toBe(before)
  })
})
