import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { createOp } from '@did-plc/lib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { HttpFault } from '@lexwright/testing/network/http-fault-proxy'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
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

  // Without an answer the PDS waits forever; `entryway-kills.long.test.ts` kills it.
  const answered = faults.filter((fault) => fault !== 'hang-after')
  it.each(answered)(
    'loses no account with faults between the PDS and the directory: %j',
    async (fault) => {
      world.plc.fail([fault], isRequest)
      await signUpAtLast(nextName())
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
})
