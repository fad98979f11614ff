import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type EntrywayHost,
  type EntrywayService,
  openEntrywayService,
} from '@lexwright/testing/official-pds/entryway-service'
import { type PostgresServer, startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { hasReverseProxy } from '@lexwright/testing/programs/reverse-proxy'
import {
  createNodeClient,
  type NodeSavedSession,
  storeOf,
} from '@lexwright/testing/third-party/oauth-node-client'
import {
  type ClientSession,
  type SessionClient,
  sessionClients,
} from '@lexwright/testing/third-party/session-clients'
import pg from 'pg'
import { authorize, createTestApp, REDIRECT_URI } from '../../oauth/src/testing/app.ts'
import { createTestBrowser } from '../../oauth/src/testing/browser.ts'

const POST = 'app.bsky.feed.post'
const SCOPE = 'atproto transition:generic'
const PASSWORD = 'correct horse battery'
const MEGABYTE = Buffer.alloc(1024 * 1024, 'x')

const describeWhole = hasReverseProxy('haproxy', 'entryway-clients.network.test.ts')
  ? describe
  : describe.skip

type Caller = Pick<ClientSession, 'did' | 'fetch'>

/** @param body null for a procedure without input; undefined for a query. */
async function call(caller: Pick<Caller, 'fetch'>, method: string, body?: object | null) {
  const response = await caller.fetch(`/xrpc/com.atproto.${method}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** Calls a method that must succeed, and returns its answer. */
async function done(caller: Pick<Caller, 'fetch'>, method: string, body?: object | null) {
  const answer = await call(caller, method, body)
  expect({ method, ...answer }).toMatchObject({ status: 200 })
  return answer.body
}

function newPost(repo: string, text: string): object {
  const record = { $type: POST, text, createdAt: new Date().toISOString() }
  return { repo, collection: POST, record }
}

/** Posts and reads the post. */
async function post(caller: Caller, text: string): Promise<void> {
  const repo = caller.did
  const { uri } = await done(caller, 'repo.createRecord', newPost(repo, text))
  const query = new URLSearchParams({ repo, collection: POST, rkey: uri.split('/').at(-1) })
  expect(await done(caller, `repo.getRecord?${query}`)).toMatchObject({ value: { text } })
}

const accountOf = (name: string) => ({
  handle: `${name}.test`,
  email: `${name}@example.com`,
  password: PASSWORD,
})

describeWhole('an entryway of two processes, in front of two official PDSes', () => {
  let postgres: PostgresServer
  let service: EntrywayService
  beforeAll(async () => {
    postgres = await startPostgres({ durable: true })
    service = await openEntrywayService(postgres.url)
  })
  afterAll(async () => {
    await service?.close()
    await postgres?.stop()
  })

  /** Calls without a session, at a URL. */
  const at = (url: string, headers: Readonly<Record<string, string>> = {}) => ({
    fetch: (path: string, init: RequestInit) =>
      fetch(new URL(path, url), { ...init, headers: { ...init.headers, ...headers } }),
  })

  describe('an app on the official client for servers', () => {
    const newClient = async (sessions: Map<string, NodeSavedSession>) => {
      const { clientId } = await createTestApp(service.url, SCOPE)
      const options = {
        clientId,
        redirectUri: REDIRECT_URI,
        scope: SCOPE,
        service: service.url,
        plcDirectoryUrl: service.plc.url,
      }
      return createNodeClient(options, storeOf(sessions))
    }
    const signUpOn = async (host: EntrywayHost, name: string): Promise<string> => {
      const other = service.hosts.find((each) => each !== host)
      await service.run(`pds drain ${other?.did}`)
      const { did } = await done(at(service.url), 'server.createAccount', accountOf(name))
      await service.run(`pds open ${other?.did}`)
      return did
    }

    const logIn = async (name: string, sessions = new Map<string, NodeSavedSession>()) => {
      const client = await newClient(sessions)
      const { handle: username } = accountOf(name)
      const url = await client.authorize(username, { scope: SCOPE })
      expect(url.origin).toBe(service.url)
      const browser = createTestBrowser(service.url)
      const account = { username, password: PASSWORD }
      const location = await authorize(browser, `${url.pathname}${url.search}`, account)
      const { session } = await client.callback(location.searchParams)
      return { session, caller: { did: session.did, fetch: session.fetchHandler.bind(session) } }
    }

    it('signs in with a handle, and works at the PDS of the account, on each of them', async () => {
      for (const [index, host] of service.hosts.entries()) {
        const name = `app-${index}`
        const did = await signUpOn(host, name)
        const sessions = new Map<string, NodeSavedSession>()
        const { session, caller } = await logIn(name, sessions)
        expect(await session.getTokenInfo()).toMatchObject({ aud: `${host.url}/`, sub: did })

        await post(caller, 'Hello from an app.')
        const shown = await done(caller, 'server.getSession')
        expect(shown).toMatchObject({ did, handle: accountOf(name).handle })
        expect(shown).not.toHaveProperty('email')
        await session.getTokenInfo(true)
        await post(caller, 'Hello after a refresh.')
        await session.signOut()
        expect(sessions.size).toBe(0)
      }
    })

    it('continues at the new PDS of an account that moves, from its next refresh on', async () => {
      const [a, b] = service.hosts
      const did = await signUpOn(a, 'mover')
      const { session, caller } = await logIn('mover')
      await post(caller, 'Hello from here.')
      await service.run(`accounts move ${accountOf('mover').handle} --to ${b.did}`)
      const refused = await call(caller, 'repo.createRecord', newPost(did, 'Too late.'))
      expect([401, 403]).toContain(refused.status)
      await session.getTokenInfo(true)
      expect(await session.getTokenInfo()).toMatchObject({ aud: `${b.url}/`, sub: did })
      await post(caller, 'Hello from there.')
    })

    it('has more permissions than fit into a token', async () => {
      const [host] = service.hosts
      const did = await signUpOn(host, 'permitted')
      const many = Array.from({ length: 60 }, (_, n) => `repo:com.example.collection${n}`)
      const app = await createTestApp(service.url, ['atproto', ...many].join(' '))
      const { handle } = accountOf('permitted')
      const tokens = await app.logIn({ username: handle, password: PASSWORD })
      const create = async (collection: string) => {
        const method = 'com.atproto.repo.createRecord'
        const { status, body } = await app.call(method, tokens, {
          at: host.url,
          method: 'POST',
          proof: { htu: `${host.url}/xrpc/${method}` },
          body: { repo: did, collection, record: { $type: collection, text: 'Hello' } },
        })
        return [status, body.error]
      }
      expect(await create('com.example.collection59')).toEqual([200, undefined])
      expect(await create('com.example.collection60')).toEqual([403, 'ScopeMissingError'])
    })
  })

  describe.each(sessionClients.map((client, index) => ({ client, index, name: client.name })))(
    '$name',
    ({ client, index }) => {
      it('signs up at the entryway, works at the PDS of its account, refreshes and logs out', async () => {
        const account = accountOf(`client-${index}`)
        const origins = new Map<string, string>()
        const watched: typeof fetch = async (input, init) => {
          const request = new Request(input, init)
          const { origin, pathname } = new URL(request.url)
          origins.set(pathname.replace('/xrpc/com.atproto.', ''), origin)
          return await fetch(request)
        }
        const options = { service: service.url, fetch: watched }
        const session = await client.signUp(options, account)
        await post(session, 'Hello.')
        const host = origins.get('repo.createRecord') ?? ''
        expect(service.hosts.map(({ url }) => url)).toContain(host)
        for (const identifier of [account.handle, account.email.toUpperCase(), session.did]) {
          const again = await client.logIn(options, { identifier, password: PASSWORD })
          expect(again.view).toMatchObject({ handle: account.handle, email: account.email })
          await post(again, 'Hello again.')
        }
        const resumed = await client.resume(options, session.stored())
        await resumed.refresh()
        await post(resumed, 'Hello after a refresh.')
        await resumed.logOut()
        expect(resumed.isOver).toBe(true)
        expect(Object.fromEntries(origins)).toMatchObject({
          'server.createAccount': service.url,
          'server.createSession': service.url,
          'server.refreshSession': service.url,
          'server.deleteSession': service.url,
          'repo.createRecord': host,
        })
      })

      it('calls the methods of accounts at the PDS', () =>
        callAccountMethods(client, `methods-${index}`))
    },
  )

  /** The PDS gets the answer of each of them from the entryway. */
  async function callAccountMethods(client: SessionClient, name: string): Promise<void> {
    const options = { service: service.url, fetch }
    const { handle, email, password } = accountOf(name)
    const session = await client.signUp(options, { handle, email, password })
    const { did } = session
    const ask = (method: string, body?: object | null) => done(session, method, body)
    expect(await ask('server.getSession')).toMatchObject({ did, handle, email, active: true })

    const { password: appPassword } = await ask('server.createAppPassword', { name: 'app' })
    const app = await client.logIn(options, { identifier: handle, password: appPassword })
    await post(app, 'From an app password.')
    expect((await ask('server.listAppPasswords')).passwords).toMatchObject([{ name: 'app' }])
    await ask('server.revokeAppPassword', { name: 'app' })

    const first = await service.nextCode(email, () => ask('server.requestEmailConfirmation', null))
    await ask('server.confirmEmail', { email, token: first })
    const second = await service.nextCode(email, async () => {
      expect(await ask('server.requestEmailUpdate', null)).toEqual({ tokenRequired: true })
    })
    const newEmail = `new-${email}`
    await ask('server.updateEmail', { email: newEmail, token: second })
    expect(await ask('server.getSession')).toMatchObject({ email: newEmail, emailConfirmed: false })

    expect(await ask('server.getAccountInviteCodes')).toHaveProperty('codes')
    expect(await ask('temp.checkSignupQueue')).toEqual({ activated: true })
    expect(await ask('server.checkAccountStatus')).toMatchObject({ validDid: true })
    const lxm = 'com.example.read'
    const asked = new URLSearchParams({ aud: 'did:web:feeds.test', lxm })
    expect(await ask(`server.getServiceAuth?${asked}`)).toHaveProperty('token')
    const { rotationKeys } = await ask('identity.getRecommendedDidCredentials')
    expect(rotationKeys).toHaveLength(1)

    const signing = await service.nextCode(newEmail, () =>
      ask('identity.requestPlcOperationSignature', null),
    )
    const signed = await ask('identity.signPlcOperation', { token: signing })
    await ask('identity.submitPlcOperation', signed)
    const newHandle = `new-${handle}`
    await ask('identity.updateHandle', { handle: newHandle })
    await ask('server.deactivateAccount', {})
    expect(await ask('server.getSession')).toMatchObject({ handle: newHandle, active: false })
    await ask('server.activateAccount', null)
    expect(await ask('server.getSession')).toMatchObject({ handle: newHandle, active: true })

    const host = service.hosts.find(({ did: each }) => each === audienceOf(session))
    const pds = at(host?.url ?? '')
    const third = await service.nextCode(newEmail, () =>
      done(pds, 'server.requestPasswordReset', { email: newEmail }),
    )
    await done(pds, 'server.resetPassword', { token: third, password: `new ${PASSWORD}` })
    expect(
      await call(pds, 'server.createSession', { identifier: newHandle, password }),
    ).toMatchObject({ status: 401 })
    const created = await done(pds, 'server.createSession', {
      identifier: newHandle,
      password: `new ${PASSWORD}`,
    })
    const refreshing = at(host?.url ?? '', { authorization: `Bearer ${created.refreshJwt}` })
    expect((await done(refreshing, 'server.refreshSession', null)).handle).toBe(newHandle)

    const owner = at(host?.url ?? '', { authorization: `Bearer ${created.accessJwt}` })
    const deletion = await service.nextCode(newEmail, () =>
      done(owner, 'server.requestAccountDelete', null),
    )
    await done(pds, 'server.deleteAccount', { did, password: `new ${PASSWORD}`, token: deletion })
  }

  /** The audience of the session's access token: the DID of a PDS. */
  function audienceOf(session: ClientSession): unknown {
    const { accessJwt } = session.stored() as { readonly accessJwt: string }
    return JSON.parse(Buffer.from(accessJwt.split('.')[1] ?? '', 'base64url').toString()).aud
  }

  it('a PDS leaves invites to the entryway', async () => {
    const [{ url, adminPassword }] = service.hosts
    const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`
    const answer = await call(at(url, { authorization }), 'server.createInviteCode', {
      useCount: 1,
    })
    expect(answer).toMatchObject({
      status: 400,
      body: { message: 'Account invites are managed by the entryway service' },
    })
  })

  it('100 MB are uploaded through the entryway', async () => {
    const heavy = accountOf('heavy')
    const { accessJwt } = await done(at(service.url), 'server.createAccount', heavy)
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const upload = httpRequest(
        `${service.url}/xrpc/com.atproto.repo.uploadBlob`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${accessJwt}`, 'content-type': 'video/mp4' },
        },
        resolve,
      )
      pipeline(Readable.from(Array(100).fill(MEGABYTE)), upload).catch(reject)
    })
    expect(await json(answer)).toMatchObject({ blob: { size: 100 * MEGABYTE.length } })
  })

  it('survives kills of a process and of PostgreSQL: no second DID, no handle reserved forever', async () => {
    const steady = await done(at(service.url), 'server.createAccount', accountOf('steady'))
    const caller = at(service.url, { authorization: `Bearer ${steady.accessJwt}` })
    let isOver = false
    let count = 0
    const posted: number[] = []
    const signedUp: string[] = []
    /** Retries like a user, until the answer is not a failure. */
    const insist = async (who: Pick<Caller, 'fetch'>, method: string, body: object) => {
      for (;;) {
        const answer = await call(who, method, body).catch(() => ({ status: 0, body: {} }))
        if (answer.status >= 200 && answer.status < 500) return answer
        expect([0, 502, 503, 504]).toContain(answer.status)
        await delay(50)
      }
    }
    const postInTurn = async (): Promise<void> => {
      while (!isOver) {
        const { status } = await insist(caller, 'repo.createRecord', newPost(steady.did, 'Still.'))
        expect(status).toBe(200)
        posted.push(performance.now())
      }
    }
    const signUpInTurn = async (): Promise<void> => {
      while (!isOver) {
        const { handle: identifier, ...account } = accountOf(`busy-${count++}`)
        const { status } = await insist(at(service.url), 'server.createAccount', {
          handle: identifier,
          ...account,
        })
        // The account may already exist: the answer was lost.
        expect([200, 400]).toContain(status)
        const login = { identifier, password: PASSWORD }
        expect(await insist(at(service.url), 'server.createSession', login)).toMatchObject({
          status: 200,
        })
        signedUp.push(identifier)
      }
    }
    const load = Promise.all([postInTurn(), postInTurn(), signUpInTurn(), signUpInTurn()])
    await delay(1_000)
    await service.programs[0]?.signal('SIGKILL')
    const killed = performance.now()
    await delay(1_500)
    while (!posted.some((time) => time > killed)) await delay(100)
    await service.restart(0)
    await postgres.kill()
    await postgres.restart()
    while (signedUp.length <= 3) await delay(100)
    isOver = true
    await delay(1_000)
    const database = new pg.Client({ connectionString: postgres.url })
    await database.connect()
    // A repeated sign-up continues once the claim of the killed process has expired, after a minute.
    await database.query(`update lexwright_account.did_operation
      set next_attempt_at = now() - interval '1 s'
      where published_at is null and next_attempt_at < 'infinity'`)
    await database.query('update lexwright_account.entryway_account set busy_until = null')
    await load

    expect(signedUp.length).toBeGreaterThan(3)
    const logs = await Promise.all(
      service.plc.dids().map(async (did) => JSON.stringify(await service.plc.log(did))),
    )
    for (const handle of signedUp) {
      expect(logs.filter((log) => log.includes(`"at://${handle}"`))).toHaveLength(1)
    }
    const { rows } = await database.query(
      "select handle from lexwright_account.account where status = 'pending'",
    )
    await database.end()
    expect(rows).toEqual([])
  })
})
