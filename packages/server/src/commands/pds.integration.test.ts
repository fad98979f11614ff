import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import { cleanUp, cleanups, postgresSetting } from '@lexwright/testing/programs/running-programs'
import { createStandInDirectory } from '../../../entryway/src/testing/stand-in-directory.ts'
import { openStandInHost, type StandInHost } from '../../../entryway/src/testing/stand-in-host.ts'
import { commandLine } from '../testing/command-line.ts'
import { json } from './layout.ts'

let host: StandInHost
const environment: Record<string, string> = {}
const { run } = commandLine(environment)
let passwordFile: string
beforeAll(async () => {
  const data = await temporaryDirectory()
  cleanups.push(data.remove)
  host = await openStandInHost('pds', createStandInDirectory())
  passwordFile = join(data.path, 'password')
  await writeFile(passwordFile, `${host.adminPassword}\n`)
  Object.assign(environment, await postgresSetting(), {
    PDS_DATA_DIRECTORY: data.path,
    PDS_DID_PLC_URL: 'http://127.0.0.1:1',
    ENTRYWAY_ENABLED: 'true',
  })
  await run('migrate')
})
afterAll(async () => {
  await host.close()
  await cleanUp()
})

it('adds, lists, drains, opens and removes a PDS, as text and as JSON', async () => {
  const { did, url } = host
  const add = `pds add ${url} --admin-password-file ${passwordFile} --weight 2`
  expect(await run(add)).toMatchObject({ code: 0, out: `${did} is a PDS of this entryway\n` })
  const { items } = JSON.parse((await run('pds list --json')).out)
  expect(items).toMatchObject([{ did, url, weight: 2, state: 'open', accounts: 0 }])
  expect((await run(`pds drain ${did}`)).out).toBe(`${did} gets no more new accounts\n`)
  const { out } = await run('pds list')
  expect(out).toMatch(/^DID +URL +STATE +WEIGHT +ACCOUNTS +PENDING +LAST CHECK +TROUBLE\n/)
  expect(out).toMatch(/ draining +2 +0 +0 +\d{4}-\S+ \S+Z +–\n$/)
  expect(JSON.parse((await run(`pds open ${did} --json`)).out)).toMatchObject({ state: 'open' })
  expect(await run(`pds remove ${did}`)).toMatchObject({ code: 0 })
  expect(await run(`pds remove ${did}`)).toMatchObject({ code: 3 })
  expect((await run('pds list')).told).toMatch(/^There are no PDSes/)
})

it('lists pending updates of a PDS, and retries them', async () => {
  const { url } = host
  const { out } = await run(`pds add ${url} --admin-password-file ${passwordFile} --json`)
  expect(JSON.parse(out)).toMatchObject({ pending: 0 })
  expect((await run('pds outbox')).told).toBe('There are no pending updates.\n')
  expect(await run('accounts create alice.test alice@example.com')).toMatchObject({ code: 0 })
  expect((await run('accounts show alice.test')).out).toContain(
    `\nPDS                             ${host.did}\n`,
  )
  await host.listen(false)
  expect(await run('accounts disable alice.test')).toMatchObject({ code: 0 })
  expect(await run('pds retry')).toMatchObject({ code: 4 })
  const { items } = JSON.parse((await run('pds outbox --json')).out)
  expect(items).toMatchObject([
    {
      handle: 'alice.test',
      host: host.did,
      kinds: ['status'],
      lastError: `${url} cannot be reached`,
    },
  ])
  expect((await run('pds outbox --limit 1')).out).toMatch(
    /^ACCOUNT +PDS +UPDATE +SINCE +ATTEMPTS +NEXT +TROUBLE\nalice\.test +did:web:pds\.test +status /,
  )
  await host.listen(true)
  expect(JSON.parse((await run('pds retry --json')).out)).toEqual({ done: 1, failed: 0 })
  expect(host.received).toEqual(['{"takedown":{"applied":true}}'])
})

it('prints the settings of a PDS, without a database', async () => {
  const env = { PDS_DB_POSTGRES_URL: 'postgres://127.0.0.1:1/none' }
  const { code, out } = await run('pds settings', { env })
  expect(code).toBe(0)
  expect(out).toMatch(
    /^PDS_ENTRYWAY_URL=http:\/\/localhost:2583\nPDS_ENTRYWAY_DID=did:web:localhost\nPDS_ENTRYWAY_JWT_VERIFY_KEY_K256_PUBLIC_KEY_HEX=04[\da-f]{128}\nPDS_ENTRYWAY_PLC_ROTATION_KEY=did:key:zQ3s\S+\n/,
  )
  expect(JSON.parse((await run('pds settings --json', { env })).out)).toMatchObject({
    PDS_INVITE_REQUIRED: 'false',
    PDS_SERVICE_HANDLE_DOMAINS: '.test',
  })
})

it('refuses without an entryway, without a PDS, and without a password', async () => {
  const off = { ENTRYWAY_ENABLED: 'false' }
  expect(await run('pds list', { env: off })).toMatchObject({ code: 3 })
  expect(await run('pds settings', { env: off })).toMatchObject({ code: 3 })
  const add = 'pds add http://127.0.0.1:1 --admin-password-file'
  expect(await run(`${add} ${passwordFile}`)).toMatchObject({ code: 1 })
  expect(await run(`${add} /nowhere`)).toMatchObject({ code: 1 })
})

it('refuses moves and imports without an account, a PDS or a key', async () => {
  expect((await run('accounts moves')).told).toBe('No account is being moved.\n')
  expect(await run('accounts moves --json')).toMatchObject({ out: json({ items: [] }) })
  const nowhere = 'did:web:nowhere.test'
  expect(await run(`accounts move nobody.test --to ${nowhere}`)).toMatchObject({ code: 3 })
  expect(await run(`pds drain ${nowhere} --move`)).toMatchObject({ code: 3 })
  expect(await run(`accounts import - --host ${nowhere}`)).toMatchObject({ code: 3 })
  const key = `--rotation-key-file ${passwordFile}`
  expect(await run(`accounts import - ${key}`)).toMatchObject({ code: 2 })
  expect(await run(`accounts import - --host ${nowhere} ${key}`)).toMatchObject({ code: 2 })
})
