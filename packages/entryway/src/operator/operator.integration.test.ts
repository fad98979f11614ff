import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createAccountModule } from '@lexwright/account'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import {
  type AccountHarness,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { sql } from 'kysely'
import { createEntryway, type Entryway } from '../create-entryway.ts'
import { createStandInDirectory } from '../testing/stand-in-directory.ts'
import { openStandInHost, type StandInHost } from '../testing/stand-in-host.ts'

let database: TestDatabase
let harness: AccountHarness
let entryway: Entryway
let host: StandInHost
const directory = createStandInDirectory()

beforeAll(async () => {
  database = await openAccountDatabase()
  harness = await openAccountHarness(database.db, { identity: directory })
  entryway = createEntryway({ accounts: harness.accounts })
  await entryway.migrate()
  host = await openStandInHost('host', directory)
})
afterAll(async () => {
  await host.close()
  await harness.close()
  await database.close()
})

it('adds, drains, opens and removes a host', async () => {
  const { operator, hosts } = entryway
  const { did, url, adminPassword } = host
  expect(await operator.addHost({ url: `${url}/`, adminPassword, weight: 3 })).toMatchObject({
    did,
    url,
    weight: 3,
    state: 'open',
    isHealthy: true,
    accounts: 0,
  })
  expect(await hosts.open()).toMatchObject([{ did }])
  expect(await operator.drainHost(did)).toMatchObject({ state: 'draining' })
  expect(await hosts.open()).toEqual([])
  // Adding it again changes the weight, not the state.
  await operator.addHost({ url, adminPassword, weight: 0 })
  expect(await operator.listHosts()).toMatchObject([{ did, weight: 0, state: 'draining' }])
  await operator.addHost({ url, adminPassword })
  expect(await operator.openHost(did)).toMatchObject({ state: 'open' })

  await harness.accounts.service.create(
    { handle: 'alice.test', email: 'alice@example.com', password: 'correct horse battery' },
    'unlimited',
  )
  await expect(operator.removeHost(did)).rejects.toMatchObject({ code: 'host-in-use' })
  await sql`delete from lexwright_account.account`.execute(database.db)
  await operator.removeHost(did)
  await expect(operator.removeHost(did)).rejects.toMatchObject({ code: 'host-unknown' })
  await expect(operator.drainHost(did)).rejects.toMatchObject({ code: 'host-unknown' })
  const { rows } = await sql<{ event: string }>`
    select event from lexwright_account.audit_log where event like 'host.%' order by id`.execute(
    database.db,
  )
  expect(rows.map(({ event }) => event.slice('host.'.length)).join(' ')).toBe(
    'added changed added added changed removed',
  )
})

it.each([
  ['another password', () => ({ url: host.url, adminPassword: 'wrong' }), 'host-unusable'],
  [
    'a URL that is not an origin',
    () => ({ url: `${host.url}/path`, adminPassword: '' }),
    'host-unusable',
  ],
  ['a URL without TLS', () => ({ url: 'http://pds.example', adminPassword: '' }), 'host-unusable'],
  ['nothing there', () => ({ url: 'http://127.0.0.1:1', adminPassword: '' }), 'host-unreachable'],
  // An account service that is not configured for an entryway.
  ['no entryway configured', () => ({ url: harness.url, adminPassword: '' }), 'host-unusable'],
])('refuses a host with %s', async (_, request, code) => {
  await expect(entryway.operator.addHost(request())).rejects.toMatchObject({ code })
})

it('checks the health of hosts in one process, and gives unhealthy ones no new accounts', async () => {
  const { url, adminPassword } = host
  await entryway.operator.addHost({ url, adminPassword })
  await host.listen(false)
  await Promise.all([entryway.runDueJobs(), entryway.runDueJobs()])
  const looks = sql<{ failed_looks: number }>`
    select failed_looks from lexwright_account.entryway_host`
  expect((await looks.execute(database.db)).rows).toEqual([{ failed_looks: 1 }])
  expect(await entryway.hosts.open()).toEqual([])
  const [sick] = await entryway.operator.listHosts()
  expect(sick).toMatchObject({ isHealthy: false, lastError: `${url} cannot be reached` })
  await host.listen(true)
  harness.clock.advance(60)
  await entryway.runDueJobs()
  expect(await entryway.operator.listHosts()).toMatchObject([
    { isHealthy: true, lastError: undefined },
  ])
})

it('lets the admin of a host change the address and password of accounts there', async () => {
  const { operator } = entryway
  const other = await openStandInHost('other', directory)
  await operator.addHost({ url: other.url, adminPassword: other.adminPassword, weight: 0 })
  const handle = 'bob.test'
  const { did } = await harness.accounts.service.create(
    { handle, email: 'bob@example.com', password: 'correct horse battery' },
    'unlimited',
  )
  const change = async (nsid: string, input: object, password: string) => {
    const response = await fetch(`${harness.url}/xrpc/com.atproto.admin.${nsid}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`admin:${password}`)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(input),
    })
    return [response.status, await response.text()]
  }
  const email = 'bob-2@example.com'
  const password = 'another correct horse'
  for (const [nsid, input, refusal] of [
    ['updateAccountEmail', { account: handle, email }, `Account does not exist: ${handle}`],
    ['updateAccountPassword', { did, password }, 'The host has no such account'],
  ] as const) {
    const refused = await change(nsid, input, other.adminPassword)
    expect(refused).toEqual([400, expect.stringContaining(refusal)])
    expect(await change(nsid, input, 'wrong')).toMatchObject([401, expect.any(String)])
    expect(await change(nsid, input, host.adminPassword)).toEqual([200, ''])
    expect(await change(nsid, input, TEST_ADMIN_PASSWORD)).toEqual([200, ''])
  }
  await harness.accounts.service.logIn({ name: email, password }, 'unlimited')
  // Every other method is the entryway's own.
  const others = await change('updateAccountHandle', { did, handle }, host.adminPassword)
  expect(others[0]).toBe(401)

  const { rows } = await sql`select detail from lexwright_account.audit_log
    where event = 'admin.authenticated' and detail <> '{}' order by id`.execute(database.db)
  expect(rows).toEqual(
    [other.did, host.did, other.did, host.did].map((named) => ({ detail: { host: named } })),
  )
  await other.close()
  await operator.removeHost(other.did)
})

it('reseals admin passwords, so the former key is no longer needed', async () => {
  const options = await testModuleOptions()
  const keyEncryptionKey = new Uint8Array(32).fill(8)
  const open = (previous: readonly Uint8Array[]) => {
    const secrets = {
      ...options.secrets,
      keyEncryptionKey,
      previousKeyEncryptionKeys: previous,
    }
    const accounts = createAccountModule({
      ...options,
      db: database.db,
      secrets,
      identity: directory,
    })
    return createEntryway({ accounts }).operator
  }
  await expect(open([]).resealPasswords()).rejects.toThrow(
    'cannot be decrypted with any configured key',
  )
  expect(await open([options.secrets.keyEncryptionKey]).resealPasswords()).toBe(1)
  expect(await open([]).resealPasswords()).toBe(1)
})
