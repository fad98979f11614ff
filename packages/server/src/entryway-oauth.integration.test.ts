import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  cleanups,
  person,
  postgresSetting,
} from '@lexwright/testing/programs/running-programs'
import pg from 'pg'
import { createStandInDirectory } from '../../entryway/src/testing/stand-in-directory.ts'
import { openStandInHost, type StandInHost } from '../../entryway/src/testing/stand-in-host.ts'
import { createTestApp, type TestApp } from '../../oauth/src/testing/app.ts'
import { type CommandLine, commandLine } from './testing/command-line.ts'
import { type ServerHere, startHere } from './testing/start-here.ts'

const alice = person('alice')

let program: ServerHere
let run: CommandLine['run']
let hosts: readonly StandInHost[]
let app: TestApp
let database: pg.Client
beforeAll(async () => {
  const data = await temporaryDirectory()
  cleanups.push(data.remove)
  const directory = createStandInDirectory()
  const env = {
    ...(await postgresSetting()),
    ENTRYWAY_ENABLED: 'true',
    PDS_DATA_DIRECTORY: data.path,
    // Never called: the parts below replace it.
    PDS_DID_PLC_URL: 'http://127.0.0.1:1',
    PDS_OAUTH_ENABLED: 'true',
  }
  program = await startHere(env, { createIdentity: () => directory })
  run = commandLine(env).run
  hosts = [await openStandInHost('a', directory), await openStandInHost('b', directory)]
  const passwordFile = join(data.path, 'password')
  for (const [index, { url, adminPassword }] of hosts.entries()) {
    await writeFile(passwordFile, adminPassword)
    const weight = index === 0 ? 1 : 0
    await run(`pds add ${url} --admin-password-file ${passwordFile} --weight ${weight}`)
  }
  database = new pg.Client({ connectionString: env.PDS_DB_POSTGRES_URL })
  await database.connect()
  app = await createTestApp(program.url)
})
afterAll(async () => {
  await database.end()
  await program.close()
  for (const host of hosts) await host.close()
  await cleanUp()
})

const read = (jwt: string, part: 0 | 1) =>
  JSON.parse(Buffer.from(jwt.split('.')[part] ?? '', 'base64url').toString())

it("signs tokens of apps for the account's PDS", async () => {
  const { data } = await accountOf(program).create(alice)
  const tokens = await app.logIn({ username: alice.handle, password: alice.password })
  expect(read(tokens.access_token, 0)).toEqual({ typ: 'at+jwt', alg: 'ES256K' })
  expect(read(tokens.access_token, 1)).toMatchObject({
    iss: program.url,
    sub: data.did,
    aud: 'did:web:a.test',
    scope: 'atproto transition:generic',
  })
  expect((await run(`apps list ${alice.handle}`)).out).toContain(app.clientId)

  await database.query('update lexwright_account.entryway_account set host = $1', [
    'did:web:b.test',
  ])
  const { status, body } = await app.refresh(tokens.refresh_token)
  expect([status, read(body.access_token, 1).aud]).toEqual([200, 'did:web:b.test'])
})

it('has metadata that excludes no PDS, and resolves scope references', async () => {
  const metadata = await fetch(`${program.url}/.well-known/oauth-authorization-server`)
  expect(await metadata.json()).not.toHaveProperty('protected_resources')
  const url = `${program.url}/xrpc/com.atproto.temp.dereferenceScope?scope=ref%3Aunknown`
  expect(await (await fetch(url)).json()).toMatchObject({ error: 'InvalidScopeReference' })
})
