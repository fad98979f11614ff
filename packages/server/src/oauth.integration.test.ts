import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AtpBaseClient } from '@lexwright/generated/client'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  cleanups,
  person,
  postgresSetting,
} from '@lexwright/testing/programs/running-programs'
import { createTestApp, type TestApp, type Tokens } from '../../oauth/src/testing/app.ts'
import { createTestBrowser } from '../../oauth/src/testing/browser.ts'
import { type CommandLine, commandLine } from './testing/command-line.ts'
import { type ServerHere, startHere } from './testing/start-here.ts'

const GET_SESSION = 'com.atproto.server.getSession'
const alice = person('alice')

let data: string
let environment: Record<string, string>
let program: ServerHere
let run: CommandLine['run']
let app: TestApp
let did: string
beforeAll(async () => {
  const directory = await temporaryDirectory()
  cleanups.push(directory.remove)
  data = directory.path
  environment = {
    ...(await postgresSetting()),
    PDS_DATA_DIRECTORY: data,
    PDS_OAUTH_ENABLED: 'true',
    PDS_SERVICE_NAME: 'Bergamot & <Friends>',
    PDS_PRIMARY_COLOR: '#0a7ea4',
    PDS_HOME_URL: 'https://bergamot.example/',
    PDS_SUPPORT_URL: 'https://bergamot.example/help',
  }
  program = await startHere(environment)
  run = commandLine(environment).run
  const { data: created } = await accountOf(program).create(alice)
  did = created.did
  app = await createTestApp(program.url, 'atproto transition:email')
}, 240_000)
afterAll(async () => {
  await program.close()
  await cleanUp()
})

const logIn = (): Promise<Tokens> =>
  app.logIn({ username: alice.handle, password: alice.password, remember: true })

describe('the program, with OAuth', () => {
  it('serves the metadata of its authorization server to pages of any origin', async () => {
    for (const name of ['oauth-protected-resource', 'oauth-authorization-server']) {
      const response = await fetch(`${program.url}/.well-known/${name}`)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.json()).toMatchObject(
        name.endsWith('resource')
          ? { resource: program.url, authorization_servers: [program.url] }
          : { issuer: program.url, protected_resources: [program.url] },
      )
    }
  })

  it('serves DID documents of accounts for apps without another directory', async () => {
    const response = await fetch(`${program.url}/${encodeURIComponent(did)}`)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toMatchObject({
      id: did,
      service: [{ id: '#atproto_pds', serviceEndpoint: program.url }],
    })
    const unknown = await fetch(`${program.url}/did:plc:${'a'.repeat(24)}`)
    expect(unknown.status).toBe(404)
  })

  it('has pages with the configured name, colour and links', async () => {
    const { path } = await app.pushRequest()
    const { status, text, headers } = await createTestBrowser(program.url).open(path)
    expect(status).toBe(200)
    for (const shown of ['Bergamot', 'https://bergamot.example/help', '10 126 164']) {
      expect(text).toContain(shown)
    }
    expect(text).not.toContain('<Friends>')
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it("serves today's methods to apps and sessions", async () => {
    const tokens = await logIn()
    const asked = { did, handle: alice.handle, email: alice.email, active: true }
    const called = await app.call(GET_SESSION, tokens)
    expect(called).toMatchObject({ status: 200, body: asked })
    expect(called.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
    const { data: session } = await new AtpBaseClient(program.url).com.atproto.server.createSession(
      {
        identifier: alice.handle,
        password: alice.password,
      },
    )
    const answer = await fetch(`${program.url}/xrpc/${GET_SESSION}`, {
      headers: { authorization: `Bearer ${session.accessJwt}` },
    })
    expect(await answer.json()).toMatchObject(asked)
    const refused = await app.call('com.atproto.server.listAppPasswords', tokens)
    expect([refused.status, refused.body.error]).toEqual([403, 'Forbidden'])
    const preflight = await fetch(`${program.url}/xrpc/${GET_SESSION}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,dpop',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toContain('dpop')
  })

  it('lists the apps and browsers of an account for the operator, and ends them at once', async () => {
    await run(`apps revoke ${did}`)
    await run(`browsers forget ${did}`)
    const tokens = await logIn()
    expect((await run(`apps list ${alice.handle}`)).out).toContain(app.clientId)
    const { items: apps } = JSON.parse((await run(`apps list ${alice.email} --json`)).out)
    expect(apps).toEqual([
      expect.objectContaining({ clientId: app.clientId, scope: 'atproto transition:email' }),
    ])
    expect((await run(`browsers list ${did}`)).out).toContain('test browser')
    const { items: browsers } = JSON.parse((await run(`browsers list ${did} --json`)).out)
    expect(browsers).toEqual([expect.objectContaining({ ipAddress: expect.any(String) })])

    expect(await run(`browsers forget ${did} ${browsers[0].id}`)).toEqual({
      code: 0,
      out: '1 forgotten\n',
      told: '',
    })
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
    expect(JSON.parse((await run(`apps revoke ${did} ${app.clientId} --json`)).out)).toEqual({
      ended: 1,
    })
    const { status, headers } = await app.call(GET_SESSION, tokens)
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^DPoP .*error="invalid_token"/),
    ])
    expect((await app.refresh(tokens.refresh_token)).body.error).toBe('invalid_grant')
    expect((await run(`apps list ${did}`)).told).toContain('not signed in to any app')
    expect((await run(`browsers list ${did}`)).told).toContain('No browser remembers')
    const shown = (await run(`accounts show ${did}`)).out
    for (const event of ['app.authorized', 'app.revoked', 'browser.forgotten']) {
      expect(shown).toContain(event)
    }
    const off = await run(`apps list ${did}`, { env: { PDS_OAUTH_ENABLED: 'false' } })
    expect(off).toMatchObject({ code: 3, told: expect.stringContaining('PDS_OAUTH_ENABLED') })
  })

  it('counts requests and sessions of apps', async () => {
    const metrics = await (await fetch(`${program.url}/metrics`)).text()
    expect(metrics).toMatch(/^oauth_requests_total\{endpoint="par",status="201"\} [1-9]/m)
    expect(metrics).toMatch(/^oauth_requests_total\{endpoint="token",status="400"\} [1-9]/m)
    expect(metrics).toMatch(/^oauth_sessions\{kind="app"\} \d/m)
    expect(metrics).toContain('account_figures_read_failed{figures="apps"} 0')
  })

  it('accepts its tokens after a restart with a new secret while the former one is configured as previous', async () => {
    const tokens = await logIn()
    await program.close()
    const former = (await readFile(join(data, 'secrets', 'jwt-secret'), 'utf8')).trim()
    program = await startHere({
      ...environment,
      PDS_PORT: String(program.port),
      PDS_JWT_SECRET: 'another secret of at least 32 characters',
      PDS_JWT_PREVIOUS_SECRETS: former,
    })
    expect((await app.call(GET_SESSION, tokens)).status).toBe(200)
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200)
  })
})
