import { OAuthProvider } from '@atproto/oauth-provider/provider'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type AccountModule, createAccountModule } from '@lexwright/account'
import { testModuleOptions } from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { createAccountStore } from './provider/account-store.ts'
import { createDeviceStore } from './provider/device-store.ts'
import { createLexiconStore, createReplayStore } from './provider/lexicon-store.ts'
import { createRequestStore } from './provider/request-store.ts'
import { createTokenStore } from './provider/token-store.ts'
import { createTestApp, type TestApp } from './testing/app.ts'
import { createTestBrowser } from './testing/browser.ts'
import { publishing } from './testing/permission-set.ts'
import { PASSWORD } from './testing/service.ts'
import { openProcesses, type Processes } from './testing/two-processes.ts'

const GET_SESSION = 'com.atproto.server.getSession'
const SCOPE = 'atproto include:com.example.basics'

/** Tables without data of accounts. */
const KEPT = ['oauth_lexicon', 'oauth_replay', 'oauth_scope']

describe('while another release is rolled out', () => {
  let processes: Processes
  let app: TestApp
  beforeAll(async () => {
    processes = await openProcesses({
      oauth: { lexResolver: publishing(() => ['com.example.post']) },
    })
    app = await createTestApp(processes.service.origin, SCOPE)
  })
  afterAll(() => processes.close())

  const logIn = (name: string) => app.logIn({ username: `${name}.test`, password: PASSWORD })
  const tables = async (): Promise<readonly string[]> => {
    const { rows } = await sql<{ name: string }>`select table_name as name
      from information_schema.tables where table_schema = 'lexwright_account'`.execute(processes.db)
    return rows.map(({ name }) => name)
  }

  describe('the former one, which has accounts only,', () => {
    let former: AccountModule
    beforeAll(async () => {
      former = createAccountModule({
        ...(await testModuleOptions()),
        db: processes.db,
        clock: { now: () => new Date() },
      })
    })
    afterAll(() => former.stop())

    it('finds no pending migration, and ends sessions of apps with a new password', async () => {
      expect(await former.migrate()).toEqual([])
      const did = await processes.service.create('renewed')
      const tokens = await logIn('renewed')
      await former.operator.setPassword(did, 'another password')
      expect((await app.call(GET_SESSION, tokens)).status).toBe(401)
      expect((await app.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
    })

    it('purges an account, and the next sweeps delete its remaining rows', async () => {
      const did = await processes.service.create('purged')
      const browser = createTestBrowser(processes.service.origin)
      const account = { username: 'purged.test', password: PASSWORD, remember: true }
      await app.signIn(await app.pushRequest(), account, browser)
      const { refresh_token: token } = await logIn('purged')
      await app.refresh(token)
      await former.operator.deleteAccount(did)
      await former.operator.purgeAccount(did)
      // The browser has been away for a day, and pending requests have expired.
      await sql`update lexwright_account.oauth_device
        set last_seen_at = last_seen_at - interval '25 hours'`.execute(processes.db)
      await sql`update lexwright_account.oauth_sign_in
        set at = at - interval '25 hours'`.execute(processes.db)
      await sql`update lexwright_account.oauth_request
        set expires_at = expires_at - interval '25 hours'`.execute(processes.db)
      for (let run = 0; run < 2; run++) await processes.service.servers[0]?.runDueJobs()
      for (const table of await tables()) {
        if (!table.startsWith('oauth_') || KEPT.includes(table)) continue
        const { rows } = await sql`select from ${sql.table(`lexwright_account.${table}`)}`.execute(
          processes.db,
        )
        expect([table, rows.length]).toEqual([table, 0])
      }
    })
  })

  it('the present one works with added columns, tables and migrations', async () => {
    await processes.service.create('upgraded')
    const before = await logIn('upgraded')
    for (const table of await tables()) {
      await sql`alter table ${sql.table(`lexwright_account.${table}`)}
        add column next_text text, add column next_number integer not null default 1`.execute(
        processes.db,
      )
    }
    await sql`insert into lexwright_account.migration (name, applied_at)
      values ('oauth-9999-next', now())`.execute(processes.db)

    const [server] = processes.service.servers
    expect(await server?.migrate()).toEqual([])
    expect((await app.call(GET_SESSION, before)).status).toBe(200)
    const refreshed = await app.refresh(before.refresh_token)
    expect(refreshed.status).toBe(200)
    const tokens = await logIn('upgraded')
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
    expect(await server?.operator.listApps('upgraded.test')).toHaveLength(2)
    await server?.runDueJobs()
    expect((await app.revoke(tokens.refresh_token)).status).toBe(200)
    expect(await server?.operator.revokeApps('upgraded.test')).toBe(1)
    expect((await app.call(GET_SESSION, refreshed.body)).status).toBe(401)
  })
})

/** Methods of the library only: apps are found by their URL. */
const NOT_OURS = ['findClient']

it('the provider gets every method that it checks for, and no others', () => {
  const wanted = new Set<string>()
  const store = new Proxy(
    {},
    {
      get: (_, name) => {
        wanted.add(String(name))
        return () => {}
      },
    },
  )
  new OAuthProvider({ issuer: 'https://pds.example.com', keyset: [], store })
  // None of their methods is called.
  const parts = {} as never
  const stores = [
    createAccountStore(parts),
    createDeviceStore(parts),
    createLexiconStore(parts),
    createReplayStore(parts),
    createRequestStore(parts),
    createTokenStore(parts, parts),
  ]
  const given = stores.flatMap((each) => Object.keys(each))
  expect(given.toSorted()).toEqual([...wanted].filter((name) => !NOT_OURS.includes(name)).sort())
})
