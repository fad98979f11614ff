import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  createNodeClient,
  type NodeClientOptions,
  type NodeSavedSession,
  startNodeWorker,
  storeOf,
} from '@lexwright/testing/third-party/oauth-node-client'
import { sql } from 'kysely'
import { authorize, createTestApp, REDIRECT_URI } from './testing/app.ts'
import { createTestBrowser } from './testing/browser.ts'
import { type AccountDirectory, startAccountDirectory } from './testing/directory.ts'
import { PASSWORD } from './testing/service.ts'
import { openTwoProcesses, type Processes } from './testing/two-processes.ts'

/** In each round the slower client waits a second. OAUTH_ROUNDS=100 takes two minutes. */
const ROUNDS = Number(process.env.OAUTH_ROUNDS ?? 20)
const SCOPE = 'atproto transition:generic'

describe('the official client for servers', () => {
  let processes: Processes
  let directory: AccountDirectory
  let did: string
  let clientId: string
  beforeAll(async () => {
    processes = await openTwoProcesses()
    directory = await startAccountDirectory(processes.service.accounts)
    did = await processes.service.create('alice')
    clientId = (await createTestApp(processes.service.origin, SCOPE)).clientId
  })
  afterAll(async () => {
    directory.close()
    await processes.close()
  })

  const options = (): NodeClientOptions => ({
    clientId,
    redirectUri: REDIRECT_URI,
    scope: SCOPE,
    service: processes.service.origin,
    plcDirectoryUrl: directory.url,
  })
  const newClient = (sessions: Map<string, NodeSavedSession>) =>
    createNodeClient(options(), storeOf(sessions))
  const logIn = async (client: ReturnType<typeof newClient>) => {
    const url = await client.authorize('alice.test', { scope: SCOPE })
    const browser = createTestBrowser(processes.service.origin)
    const account = { username: 'alice.test', password: PASSWORD }
    const location = await authorize(browser, `${url.pathname}${url.search}`, account)
    return (await client.callback(location.searchParams)).session
  }
  const call = async (session: Awaited<ReturnType<typeof logIn>>) => {
    const response = await session.fetchHandler('/xrpc/com.atproto.server.getSession')
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('logs in, calls, refreshes, logs out, and logs in again', async () => {
    const sessions = new Map<string, NodeSavedSession>()
    const client = newClient(sessions)
    for (let login = 0; login < 2; login++) {
      const session = await logIn(client)
      expect(session.did).toBe(did)
      expect(await call(session)).toMatchObject({ status: 200, body: { type: 'app', did } })
      const before = JSON.stringify(sessions.get(did))
      await session.getTokenInfo(true)
      expect(JSON.stringify(sessions.get(did))).not.toBe(before)
      expect((await call(session)).status).toBe(200)
      await session.signOut()
      expect(sessions.size).toBe(0)
    }
  })

  it('refreshes when its token has been replaced', async () => {
    const session = await logIn(newClient(new Map()))
    await sql`update lexwright_account.oauth_token set token_id = 'tok-' || repeat('0', 32)
      where did = ${did}`.execute(processes.db)
    expect((await call(session)).status).toBe(200)
  })

  it(
    'keeps its session when two processes repeatedly refresh at once without a lock',
    async () => {
      const sessions = new Map<string, NodeSavedSession>()
      const client = newClient(sessions)
      await logIn(client)
      const workers = [1, 2].map(() => startNodeWorker(options(), sessions))
      const seen = new Set<string>()
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all(workers.map((worker) => worker.refresh(did)))
        expect(sessions.has(did)).toBe(true)
        seen.add(JSON.stringify(sessions.get(did)))
      }
      expect(seen.size).toBe(ROUNDS)
      await Promise.all(workers.map((worker) => worker.stop()))
      expect((await call(await client.restore(did))).status).toBe(200)
    },
    ROUNDS * 6_000,
  )
})
