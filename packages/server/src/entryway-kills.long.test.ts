import { setTimeout as delay } from 'node:timers/promises'
import { AtpAgent } from '@atproto/api'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import type { FaultPoint } from '@lexwright/testing/accounts/fault-points'
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

async function logIn(url: string, identifier: string): Promise<AtpAgent> {
  const agent = new AtpAgent({ service: url })
  await agent.login({ identifier, password: 'correct horse battery' })
  // The PDS would call another port for methods about accounts.
  agent.sessionManager.pdsUrl = new URL(url)
  return agent
}

describe('an entryway in front of two official PDSes, when one of them is killed', () => {
  it.each<HttpFault>(['hang', 'hang-after'])(
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

  it.each<FaultPoint>(['create:published', 'create:activated'])(
    'finishes the sign-up of an entryway killed at %s',
    async (point) => {
      const name = nextName()
      await world.crash(point, name)
      await world.settle()
      await world.findWhole(name)
    },
  )

  const stages: readonly FaultPoint[] = [
    'removal:signed',
    'removal:sent',
    'handle:finishing',
    'handle:finished',
    'host:claimed',
    'host:updated',
  ]
  it('finishes handle changes of an entryway that was killed at any step', async () => {
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

  it('ends with as many repositories and DIDs as accounts', async () => {
    const { active = 0, ...others } = await world.countAccounts()
    expect(others).toEqual({})
    expect(await world.countRepositories()).toBe(active)
    expect(await world.countDids()).toBe(active)
  })

  it('finishes deletions of an entryway that was killed at any step', async () => {
    const { operator } = world.accounts
    const before = await world.countRepositories()
    for (const point of ['delete:deleted', 'host:claimed', 'host:updated'] as const) {
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
