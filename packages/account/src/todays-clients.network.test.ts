import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createTestClock, type TestClock } from '@lexwright/testing/accounts/account-harness'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'
import { type PlcDirectory, startPlcDirectory } from '@lexwright/testing/third-party/plc-directory'
import { type ClientSession, sessionClients } from '@lexwright/testing/third-party/session-clients'
import { createPlcIdentity } from './identity/plc-identity.ts'

const ACCESS_SECONDS = 2 * 60 * 60 + 31
const NEW_PASSWORD = 'a whole new password'
const status = {
  repoCommit: 'bafyreihyrpefhacm6kkp4ql6j6udakdit7g3dmkzfriqfykhjw6cad5lrm',
  repoRev: '3jzfcijpj2z2a',
  repoBlocks: 1,
  indexedRecords: 0,
  privateStateValues: 0,
  expectedBlobs: 0,
  importedBlobs: 0,
}

/** Records the calls of a client, and can drop answers. */
function createWire() {
  const calls: string[] = []
  /** Lengths of refusals, from their headers. */
  const refusals: number[] = []
  let failing: string | undefined
  let losing: string | undefined
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { origin, pathname } = new URL(request.url)
    const method = pathname.replace('/xrpc/com.atproto.', '')
    calls.push(`${method} at ${origin}`)
    if (method === failing) {
      failing = undefined
      return Response.json({ error: 'TemporarilyUnavailable' }, { status: 503 })
    }
    const response = await fetch(request)
    if (!response.ok) refusals.push(Number(response.headers.get('content-length')))
    if (method !== losing) return response
    losing = undefined
    await response.body?.cancel()
    throw new TypeError('fetch failed')
  }
  return {
    calls,
    refusals,
    fetch: send,
    failNext: (method: string) => {
      failing = method
    },
    loseNext: (method: string) => {
      losing = method
    },
  }
}

describe.each(sessionClients.map((client) => ({ client, name: client.name })))(
  '$name',
  ({ client }) => {
    let directory: PlcDirectory
    let clock: TestClock
    let service: TodaysService
    /** Another host to move to. */
    let other: TodaysService
    let wire: ReturnType<typeof createWire>

    beforeAll(async () => {
      directory = await startPlcDirectory()
      const identity = createPlcIdentity({ url: directory.url, retryPauseMs: 5 })
      // Clients and verifiers of service tokens use the real time.
      clock = createTestClock(new Date())
      const open = (policy: { serviceDid: string; handleDomains: string[] }) =>
        openTodaysService({
          identity,
          clock,
          policy,
          repositories: { describe: async () => status },
        })
      service = await open({ serviceDid: 'did:web:pds.test', handleDomains: ['.test'] })
      other = await open({ serviceDid: 'did:web:other.test', handleDomains: ['.other.test'] })
    })
    beforeEach(() => {
      wire = createWire()
    })
    afterAll(async () => {
      await service.close()
      await other.close()
      await directory.close()
    })

    /** Differs from the name in DID documents, to distinguish the hosts. */
    const entrance = (at = service) => at.harness.url.replace('127.0.0.1', 'localhost')
    const options = (at = service) => ({ service: entrance(at), fetch: wire.fetch })
    const emailOf = (name: string) => `${name}@example.com`
    const signUp = (name: string) =>
      client.signUp(options(), { handle: `${name}.test`, email: emailOf(name), password })
    const logIn = (identifier: string, given = password, more: object = {}) =>
      client.logIn(options(), { identifier, password: given, ...more })
    const call = async (session: ClientSession, method: string, body?: object | null) => {
      const response = await session.fetch(`/xrpc/com.atproto.${method}`, {
        method: body === undefined ? 'GET' : 'POST',
        ...(body && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    }
    const done = async (session: ClientSession, method: string, body?: object | null) => {
      const answer = await call(session, method, body)
      expect(answer).toMatchObject({ status: 200 })
      return answer.body
    }
    const show = async (session: ClientSession) =>
      (await call(session, 'server.getSession')).body.handle
    const refreshes = () => wire.calls.filter((each) => each.startsWith('server.refreshSession'))

    it('signs up, logs in by handle, address and DID, and follows the endpoint in the DID', async () => {
      const session = await signUp('alice')
      expect(await show(session)).toBe('alice.test')
      for (const name of ['alice.test', 'ALICE@example.com', session.did]) {
        const again = await logIn(name)
        expect(again.view).toEqual({
          handle: 'alice.test',
          email: 'alice@example.com',
          emailConfirmed: false,
          active: true,
          status: undefined,
        })
        expect(await show(again)).toBe('alice.test')
      }
      await session.refresh()
      await session.logOut()
      const hosts = new Map(wire.calls.map((each) => each.split(' at ') as [string, string]))
      expect(Object.fromEntries(hosts)).toEqual({
        'server.createAccount': entrance(),
        'server.createSession': entrance(),
        'server.refreshSession': entrance(),
        'server.deleteSession': entrance(),
        'server.getSession': service.harness.url,
      })
    })

    it('refreshes once when its token has expired, without further calls', async () => {
      const session = await signUp('freshen')
      const before = session.refreshJwt
      clock.advance(ACCESS_SECONDS)
      wire.calls.length = 0
      const handles = await Promise.all([1, 2, 3].map(() => show(session)))
      expect(handles).toEqual(['freshen.test', 'freshen.test', 'freshen.test'])
      expect(refreshes()).toHaveLength(1)
      // One client does not read longer bodies.
      expect(wire.refusals.filter((length) => !(length > 0 && length <= 81))).toEqual([])
      // One client would call getSession if the answer lacked fields of the session.
      expect(wire.calls).not.toContain(`server.getSession at ${entrance()}`)
      expect(session.refreshJwt).not.toBe(before)
    })

    it('shares a login between two tabs', async () => {
      const first = await signUp('tabs')
      const kept = first.stored()
      clock.advance(ACCESS_SECONDS)
      const tabs = await Promise.all([1, 2].map(() => client.resume(options(), kept)))
      const handles = await Promise.all([first, ...tabs].map(show))
      expect(new Set(handles)).toEqual(new Set(['tabs.test']))
      expect(new Set([first, ...tabs].map(({ refreshJwt }) => refreshJwt)).size).toBe(1)
    })

    it('survives lost answers, even old ones', async () => {
      wire.loseNext('server.createAccount')
      await expect(signUp('lost')).rejects.toBeDefined()
      const session = await logIn('lost.test')
      clock.advance(ACCESS_SECONDS)
      wire.loseNext('server.refreshSession')
      await show(session).catch(() => {})
      expect([session.isOver, refreshes()]).toEqual([false, [expect.any(String)]])
      expect(await show(session)).toBe('lost.test')
      // As after a crash: the stored token is older than the last refresh, and past its grace
      // period.
      const later = await logIn('lost.test')
      const before = later.stored()
      clock.advance(ACCESS_SECONDS)
      wire.loseNext('server.refreshSession')
      await later.refresh().catch(() => {})
      clock.advance(ACCESS_SECONDS)
      const resumed = await client.resume(options(), before)
      expect(await show(resumed)).toBe('lost.test')
    })

    it('keeps its session through failures, and drops it for an invalid token', async () => {
      const session = await signUp('troubled')
      clock.advance(ACCESS_SECONDS)
      wire.failNext('server.refreshSession')
      await call(session, 'server.getSession')
      expect(session.isOver).toBe(false)
      expect(await show(session)).toBe('troubled.test')
      const forged = { ...(session.stored() as object), refreshJwt: 'a.b.c' }
      const resumed = await client.resume(options(), forged).catch(() => undefined)
      await resumed?.refresh().catch(() => {})
      expect(resumed?.isOver ?? true).toBe(true)
    })

    it('reads the expiry in its token', async () => {
      const session = await signUp('reader')
      wire.calls.length = 0
      const resumed = await client.resume(options(), session.stored())
      expect(refreshes()).toHaveLength(client.name.startsWith('@atcute') ? 0 : 1)
      expect(await show(resumed)).toBe('reader.test')
    })

    it('logs out of a session that has already ended', async () => {
      const session = await signUp('leaver')
      const same = await client.resume(options(), session.stored())
      await session.logOut()
      expect(session.isOver).toBe(true)
      clock.advance(ACCESS_SECONDS)
      await same.logOut()
      expect(same.isOver).toBe(true)
    })

    it('resets a forgotten password, which ends earlier sessions', async () => {
      const session = await signUp('forgetful')
      await done(session, 'server.requestPasswordReset', { email: emailOf('forgetful') })
      await service.harness.accounts.runDueJobs()
      const mail = service.harness.mailbox.messages.findLast(
        ({ to }) => to === emailOf('forgetful'),
      )
      const token = /[a-z2-7]{5}-[a-z2-7]{5}/i.exec(mail?.text ?? '')?.[0]?.toUpperCase()
      await done(session, 'server.resetPassword', { token, password: NEW_PASSWORD })
      await call(session, 'server.getSession')
      expect(session.isOver).toBe(true)
      await expect(logIn('forgetful.test')).rejects.toMatchObject({ status: 401 })
      expect((await logIn('forgetful.test', NEW_PASSWORD)).view.emailConfirmed).toBe(true)
    })

    it('changes its handle and its address, which the next refresh returns', async () => {
      const session = await signUp('changer')
      await done(session, 'identity.updateHandle', { handle: 'changed.test' })
      await session.refresh()
      expect(session.view.handle).toBe('changed.test')
      expect((await logIn('changed.test')).did).toBe(session.did)

      const email = emailOf('changer')
      await done(session, 'server.requestEmailConfirmation', null)
      const confirmation = await service.codeFor(email, /^Confirm/)
      await done(session, 'server.confirmEmail', { email, token: confirmation })
      await session.refresh()
      expect(session.view).toMatchObject({ email, emailConfirmed: true })
      await done(session, 'server.updateEmail', { email, emailAuthFactor: true })
      await expect(logIn('changed.test')).rejects.toMatchObject({
        error: 'AuthFactorTokenRequired',
      })
      const authFactorToken = await service.codeFor(email, /^Log in/)
      expect((await logIn('changed.test', password, { authFactorToken })).did).toBe(session.did)

      const { tokenRequired } = await done(session, 'server.requestEmailUpdate', null)
      expect(tokenRequired).toBe(true)
      const token = await service.codeFor(email, /^Change your .* email/)
      await done(session, 'server.updateEmail', { email: emailOf('changed'), token })
      await session.refresh()
      expect(session.view).toMatchObject({ email: emailOf('changed'), emailConfirmed: false })
    })

    it('logs in with an app password, which allows less and can be revoked', async () => {
      const session = await signUp('giver')
      const app = await done(session, 'server.createAppPassword', { name: 'reader' })
      const reader = await logIn('giver.test', app.password)
      expect(await show(reader)).toBe('giver.test')
      expect(await call(reader, 'server.createAppPassword', { name: 'more' })).toEqual({
        status: 400,
        body: { error: 'InvalidToken', message: 'Bad token scope' },
      })
      expect(reader.isOver).toBe(false)
      await done(session, 'server.revokeAppPassword', { name: 'reader' })
      await call(reader, 'server.getSession')
      expect([reader.isOver, session.isOver]).toEqual([true, false])
      await expect(logIn('giver.test', app.password)).rejects.toMatchObject({ status: 401 })
    })

    it('deactivates its account, as every answer then shows, and activates it again', async () => {
      const session = await signUp('pausing')
      await done(session, 'server.deactivateAccount', {})
      const inactive = { active: false, status: 'deactivated' }
      expect(await done(session, 'server.getSession')).toMatchObject(inactive)
      await session.refresh()
      expect(session.view).toMatchObject(inactive)
      expect((await logIn('pausing.test')).view).toMatchObject(inactive)
      await done(session, 'server.activateAccount', null)
      await session.refresh()
      expect(session.view).toMatchObject({ active: true, status: undefined })
    })

    it('deletes its account, which ends its session', async () => {
      const session = await signUp('deleting')
      await done(session, 'server.requestAccountDelete', null)
      const token = await service.codeFor(emailOf('deleting'), /^Delete/)
      const { did } = session
      await done(session, 'server.deleteAccount', { did, password, token })
      await call(session, 'server.getSession')
      expect(session.isOver).toBe(true)
      await expect(logIn('deleting.test')).rejects.toMatchObject({ status: 401 })
    })

    it('gets an error after a takedown, and with allowTakendown a session for leaving', async () => {
      const session = await signUp('takendown')
      await service.harness.accounts.operator.disableAccount(session.did)
      await call(session, 'server.getSession')
      expect(session.isOver).toBe(true)
      await expect(logIn('takendown.test')).rejects.toMatchObject({ error: 'AccountTakedown' })
      const leaving = await logIn('takendown.test', password, { allowTakendown: true })
      expect(leaving.view).toMatchObject({ active: false, status: 'takendown' })
      await done(leaving, 'server.deactivateAccount', {})
    })

    it('moves its account to another host, and back', async () => {
      const session = await signUp('mover')
      const moved = await move(session, { from: service, to: other, handle: 'mover.other.test' })
      expect(await show(moved)).toBe('mover.other.test')
      expect(wire.calls.at(-1)).toBe(`server.getSession at ${other.harness.url}`)
      // The former host publishes the new host of the account.
      await service.harness.accounts.runDueJobs()
      await session.refresh()
      wire.calls.length = 0
      await call(session, 'server.getSession')
      expect(wire.calls[0]).toBe(`server.getSession at ${other.harness.url}`)

      const back = await move(moved, { from: other, to: service, handle: 'mover.test' })
      expect([back.did, await show(back)]).toEqual([moved.did, 'mover.test'])
      expect(wire.calls.at(-1)).toBe(`server.getSession at ${service.harness.url}`)
    })

    async function move(
      session: ClientSession,
      {
        from,
        to,
        handle,
      }: { readonly from: TodaysService; readonly to: TodaysService; readonly handle: string },
    ): Promise<ClientSession> {
      const { did } = session
      const email = emailOf(handle.split('.')[0] ?? '')
      const lxm = 'com.atproto.server.createAccount'
      const { did: aud } = (await (await to.get('server.describeServer')).json()) as { did: string }
      const { token } = await done(session, `server.getServiceAuth?aud=${aud}&lxm=${lxm}`)
      await client.signUp(
        options(to),
        { did, handle, email, password },
        { authorization: `Bearer ${token}` },
      )
      const arrived = await client.logIn(options(to), { identifier: handle, password })
      expect(arrived.view).toMatchObject({ active: false, status: 'deactivated' })
      const wanted = await (
        await to.get('identity.getRecommendedDidCredentials', tokenOf(arrived))
      ).json()
      await done(session, 'identity.requestPlcOperationSignature', null)
      const code = await from.codeFor(email, /./)
      const { operation } = await done(session, 'identity.signPlcOperation', {
        token: code,
        ...(wanted as object),
      })
      const submitted = await to.post(
        'identity.submitPlcOperation',
        { operation },
        tokenOf(arrived),
      )
      expect(submitted.status).toBe(200)
      const activated = await to.post('server.activateAccount', undefined, tokenOf(arrived))
      expect(activated.status).toBe(200)
      await done(session, 'server.deactivateAccount', {})
      await arrived.refresh()
      expect(arrived.view).toMatchObject({ handle, active: true, status: undefined })
      return arrived
    }
  },
)

/**
 * An app that moves an account holds sessions at both hosts, and until the move its DID names the
 * former one.
 */
function tokenOf(session: ClientSession): string {
  return (session.stored() as { readonly accessJwt: string }).accessJwt
}
