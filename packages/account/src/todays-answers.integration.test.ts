import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { TEST_ADMIN_PASSWORD } from '@lexwright/testing/accounts/account-harness'
import {
  fresh,
  OFF,
  ON,
  type Refusal,
  type RefusedCall,
  refusedCalls,
  subjectOf,
} from '@lexwright/testing/accounts/refused-calls'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'

describe('answers with the messages of the official PDS', () => {
  let database: TestDatabase
  let service: TodaysService
  let inviting: TodaysService
  let did: string
  const tokens: Record<string, string> = {}

  beforeAll(async () => {
    database = await openAccountDatabase()
    const openDatabase = async () => ({ db: database.db, close: async () => {} })
    service = await openTodaysService({ openDatabase })
    inviting = await openTodaysService({ openDatabase, policy: { inviteRequired: true } })
    const alice = await service.signUp('alice')
    await service.signUp('bob')
    did = alice.did
    tokens.owner = alice.agent.session?.accessJwt ?? ''
    const { data } = await alice.agent.com.atproto.server.createAppPassword({ name: 'app' })
    const { agent: app } = service.newApp()
    await app.login({ identifier: 'alice.test', password: data.password })
    tokens.app = app.session?.accessJwt ?? ''
  })
  afterAll(async () => {
    await service.close()
    await inviting.close()
    await database.close()
  })

  const call = async ({ method, body, by }: Omit<RefusedCall, 'answer'>, at = service) => {
    if (by === 'admin') return await asAdmin(method, body)
    const token = by && tokens[by]
    return body === undefined ? at.get(method, token) : at.post(method, body ?? undefined, token)
  }
  const asAdmin = async (method: string, body?: object | null) => {
    return await fetch(`${service.harness.url}/xrpc/com.atproto.${method}`, {
      headers: { ...ADMIN, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
  }
  const refusalOf = async (response: Response): Promise<Refusal> => {
    const { error, message } = (await response.json()) as { error: string; message: string }
    return [response.status, error, message]
  }

  it.each(Object.entries(refusedCalls))('com.atproto.%s', async (_, rows) => {
    const refused = rows(did)
    const answers = await Promise.all(
      refused.map(async (row) => [row.method, await refusalOf(await call(row))]),
    )
    expect(answers).toEqual(refused.map(({ method, answer }) => [method, answer]))
  })

  it('distinguishes a missing invite code from an unusable one', async () => {
    const answers = [undefined, 'fake-invite'].map(async (inviteCode) => {
      const row = { method: 'server.createAccount', body: { ...fresh, inviteCode } }
      return await refusalOf(await call(row, inviting))
    })
    expect(await Promise.all(answers)).toEqual([
      [400, 'InvalidInviteCode', 'No invite code provided'],
      [400, 'InvalidInviteCode', 'Provided invite code not available'],
    ])
  })

  it('refuses the code of a taken-down account', async () => {
    const { did: owner } = await service.signUp('inviter')
    const body = { useCount: 1, forAccount: owner }
    const created = await asAdmin('server.createInviteCode', body)
    const { code: inviteCode } = (await created.json()) as { readonly code: string }
    const takeDown = (takedown: object) =>
      asAdmin('admin.updateSubjectStatus', { ...subjectOf(owner), takedown })
    const invited = { handle: 'invited.test', email: 'invited@example.com', password, inviteCode }
    const row = { method: 'server.createAccount', body: invited }
    await takeDown(ON)
    expect(await refusalOf(await call(row, inviting))).toEqual([
      400,
      'InvalidInviteCode',
      'Provided invite code not available',
    ])
    await takeDown(OFF)
    expect((await call(row, inviting)).status).toBe(200)
  })

  it('does not activate a taken-down account', async () => {
    const { did: taken } = await service.signUp('taken')
    const subject = subjectOf(taken)
    await asAdmin('admin.updateSubjectStatus', { ...subject, takedown: ON })
    const status = await asAdmin(`admin.getSubjectStatus?did=${taken}`)
    expect(await status.json()).toMatchObject({
      takedown: { applied: true, ref: service.harness.clock.now().toISOString() },
    })
    const activated = await asAdmin('admin.updateSubjectStatus', { ...subject, deactivated: OFF })
    expect(await refusalOf(activated)).toEqual([400, 'AccountNotFound', 'user not found'])
  })

  describe('as the Bluesky app reads them', () => {
    it('a refused handle by the word handle, which no other message has', async () => {
      const refusal = async (fields: object) => {
        const row = { method: 'server.createAccount', body: { ...fresh, ...fields } }
        const [, , message] = await refusalOf(await call(row))
        return message.toLowerCase()
      }
      for (const handle of ['ab.test', 'bob.test', 'about.test', 'x.example.org', 'a.b.test']) {
        expect(await refusal({ handle })).toContain('handle')
      }
      const others = [
        { email: 'bob@example.com' },
        { email: 'bob@nowhere' },
        { email: undefined },
        { password: undefined },
        { password: 'short' },
        { password: 'fresh.test' },
        { password: 'x'.repeat(300) },
        { password: 'password1' },
      ]
      for (const fields of others) expect(await refusal(fields)).not.toContain('handle')
    })

    it('the settings of a server', async () => {
      const described = await (await service.get('server.describeServer')).json()
      expect(described).toEqual({
        did: 'did:web:pds.test',
        availableUserDomains: ['.test'],
        inviteCodeRequired: false,
        phoneVerificationRequired: false,
      })
      const other = await (await inviting.get('server.describeServer')).json()
      expect(other).toMatchObject({ inviteCodeRequired: true })
    })

    it('the scope in the access token of each kind of login', async () => {
      const { did: leaving } = await service.signUp('leaving')
      await asAdmin('admin.updateSubjectStatus', { ...subjectOf(leaving), takedown: ON })
      // The app always sets allowTakendown.
      const login = async (identifier: string) => {
        const body = { identifier, password, allowTakendown: true }
        const answer = await call({ method: 'server.createSession', body })
        return ((await answer.json()) as { accessJwt: string }).accessJwt
      }
      const scopes = [await login('bob.test'), tokens.app, await login('leaving.test')].map(
        (token) =>
          JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString()).scope,
      )
      expect(scopes).toEqual(['com.atproto.access', 'com.atproto.appPass', 'com.atproto.takendown'])
    })
  })

  it('as goat reads them: a status with every inactive account', async () => {
    const { agent, did: paused } = await service.signUp('goat')
    await agent.com.atproto.server.deactivateAccount({})
    const inactive = { active: false, status: 'deactivated' }
    // It logs in with the resolved DID.
    const body = { identifier: paused, password }
    const session = await (await call({ method: 'server.createSession', body })).json()
    expect(session).toMatchObject(inactive)
    const { accessJwt, refreshJwt } = session as { accessJwt: string; refreshJwt: string }
    expect(await (await service.get('server.getSession', accessJwt)).json()).toMatchObject(inactive)
    const refreshed = await service.post('server.refreshSession', undefined, refreshJwt)
    expect(await refreshed.json()).toMatchObject(inactive)
  })
})

const ADMIN = {
  authorization: `Basic ${Buffer.from(`admin:${TEST_ADMIN_PASSWORD}`).toString('base64')}`,
}
