import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  openAccountDatabase,
  type TestDatabase,
} from '@lexwright/testing/accounts/account-databases'
import { TEST_ADMIN_PASSWORD } from '@lexwright/testing/accounts/account-harness'
import {
  openTodaysService,
  TEST_PASSWORD as password,
  type TodaysService,
} from '@lexwright/testing/accounts/todays-service'

const NOBODY = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
const AUD = 'did:web:feeds.test'

type Answer = readonly [status: number, error: string, message: string]
/** A refused call: the method without `com.atproto.`, its input and its caller. */
interface Refused {
  readonly method: string
  /** Null for a procedure without input. */
  readonly body?: object | null
  readonly by?: 'owner' | 'app' | 'admin'
  readonly answer: Answer
}

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

  const call = async ({ method, body, by }: Omit<Refused, 'answer'>, at = service) => {
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
  const refusalOf = async (response: Response): Promise<Answer> => {
    const { error, message } = (await response.json()) as { error: string; message: string }
    return [response.status, error, message]
  }

  const account = { handle: 'fresh.test', email: 'fresh@example.com', password }
  const creating = (fields: object, ...answer: Answer): Refused => ({
    method: 'server.createAccount',
    body: { ...account, ...fields },
    answer,
  })
  const renaming = (handle: string, ...answer: Answer): Refused => ({
    method: 'identity.updateHandle',
    body: { handle },
    by: 'owner',
    answer,
  })
  const authFor = (query: string, by: 'owner' | 'app', ...answer: Answer): Refused => ({
    method: `server.getServiceAuth?${query}`,
    by,
    answer,
  })
  const BAD_SCOPE: Answer = [400, 'InvalidToken', 'Bad token scope']
  const NO_AUTH: Answer = [401, 'AuthMissing', 'Authentication Required']
  const NO_ADMIN: Answer = [401, 'AuthenticationRequired', 'Authentication Required']
  const ADDRESS = 'This email address is not supported, please use a different email.'
  const BAD_AUD = 'aud must be a valid atproto DID or did#serviceId reference'

  const namespaces: Readonly<Record<string, () => readonly Refused[]>> = {
    server: () => [
      creating({ handle: 'ab.test' }, 400, 'InvalidHandle', 'Handle too short'),
      creating({ handle: `${'a'.repeat(19)}.test` }, 400, 'InvalidHandle', 'Handle too long'),
      creating({ handle: 'a.bcd.test' }, 400, 'InvalidHandle', 'Invalid characters in handle'),
      creating(
        { handle: 'alice.invalid' },
        400,
        'InvalidHandle',
        'Handle TLD is invalid or disallowed',
      ),
      creating({ handle: 'about.test' }, 400, 'HandleNotAvailable', 'Reserved handle'),
      creating({ handle: 'Bob.test' }, 400, 'HandleNotAvailable', 'Handle already taken: bob.test'),
      creating(
        { handle: 'x.example.org' },
        400,
        'UnsupportedDomain',
        'Not a supported handle domain',
      ),
      creating({ email: undefined }, 400, 'InvalidRequest', 'Email is required'),
      creating({ email: 'bob@nowhere' }, 400, 'InvalidRequest', ADDRESS),
      creating(
        { email: 'Bob@example.com' },
        400,
        'InvalidRequest',
        'Email already taken: Bob@example.com',
      ),
      creating({ plcOp: {} }, 400, 'InvalidRequest', 'Unsupported input: "plcOp"'),
      creating(
        { did },
        401,
        'AuthenticationRequired',
        `Missing auth to create account with did: ${did}`,
      ),
      {
        method: 'server.createSession',
        body: { identifier: 'bob.test', password: 'wrong' },
        answer: [401, 'AuthenticationRequired', 'Invalid identifier or password'],
      },
      {
        method: 'server.createSession',
        body: { identifier: 'bob.test', password: 'x'.repeat(513) },
        answer: [
          401,
          'AuthenticationRequired',
          'Password too long. Consider resetting your password.',
        ],
      },
      {
        method: 'server.refreshSession',
        body: null,
        by: 'owner',
        answer: [400, 'InvalidToken', 'Token could not be verified'],
      },
      { method: 'server.getSession', answer: NO_AUTH },
      { method: 'server.createAppPassword', body: { name: 'x' }, by: 'app', answer: BAD_SCOPE },
      { method: 'server.getAccountInviteCodes', by: 'app', answer: BAD_SCOPE },
      { method: 'server.requestEmailUpdate', body: null, by: 'app', answer: BAD_SCOPE },
      { method: 'server.requestAccountDelete', body: null, by: 'app', answer: BAD_SCOPE },
      { method: 'server.activateAccount', body: null, by: 'app', answer: BAD_SCOPE },
      { method: 'server.deactivateAccount', body: {}, by: 'app', answer: BAD_SCOPE },
      {
        method: 'server.confirmEmail',
        body: { email: 'else@example.com', token: 'x' },
        by: 'owner',
        answer: [400, 'InvalidEmail', 'invalid email'],
      },
      {
        method: 'server.confirmEmail',
        body: { email: 'alice@example.com', token: 'AAAAA-AAAAA' },
        by: 'owner',
        answer: [400, 'InvalidToken', 'Token is invalid'],
      },
      {
        method: 'server.updateEmail',
        body: { email: 'alice@nowhere' },
        by: 'owner',
        answer: [400, 'InvalidRequest', ADDRESS],
      },
      {
        method: 'server.updateEmail',
        body: { email: 'bob@example.com' },
        by: 'owner',
        answer: [
          400,
          'InvalidRequest',
          'This email address is already in use, please use a different email.',
        ],
      },
      {
        method: 'server.resetPassword',
        body: { token: 'AAAAA-AAAAA', password },
        answer: [400, 'InvalidToken', 'Token is invalid'],
      },
      {
        method: 'server.deleteAccount',
        body: { did, password: 'wrong', token: 'x' },
        answer: [401, 'AuthenticationRequired', 'Invalid did or password'],
      },
      authFor(`aud=${AUD}&exp=1`, 'owner', 400, 'BadExpiration', 'expiration is in past'),
      authFor('aud=feeds', 'owner', 400, 'InvalidRequest', BAD_AUD),
      authFor('aud=did:foo:bar', 'owner', 400, 'InvalidRequest', BAD_AUD),
      authFor(`aud=${AUD}%23`, 'owner', 400, 'InvalidRequest', BAD_AUD),
      ...['com.atproto.server.createAccount', 'com.atproto.server.createaccount'].map((lxm) =>
        authFor(
          `aud=${AUD}&lxm=${lxm}`,
          'app',
          400,
          'InvalidRequest',
          `insufficient access to request a service auth token for the following method: ${lxm}`,
        ),
      ),
      ...['com.atproto.server.getSession', 'com.atproto.server.getsession'].map((lxm) =>
        authFor(
          `aud=${AUD}&lxm=${lxm}`,
          'owner',
          400,
          'InvalidRequest',
          `cannot request a service auth token for the following protected method: ${lxm}`,
        ),
      ),
      { method: 'server.createInviteCode', body: { useCount: 1 }, answer: NO_ADMIN },
      {
        method: 'server.createInviteCodes',
        body: { codeCount: 1, useCount: 1 },
        by: 'owner',
        answer: NO_ADMIN,
      },
    ],
    identity: () => [
      {
        method: 'identity.resolveHandle?handle=nobody.test',
        answer: [400, 'HandleNotFound', 'Unable to resolve handle'],
      },
      {
        method: 'identity.resolveHandle?handle=nobody.example.com',
        answer: [400, 'InvalidRequest', 'Unable to resolve handle'],
      },
      renaming('ab.test', 400, 'InvalidHandle', 'Handle too short'),
      renaming('Bob.test', 400, 'HandleNotAvailable', 'Handle already taken: bob.test'),
      renaming('about.test', 400, 'HandleNotAvailable', 'Reserved handle'),
      renaming('alice.invalid', 400, 'InvalidHandle', 'Handle TLD is invalid or disallowed'),
      renaming('x.example.org', 400, 'InvalidRequest', 'External handle did not resolve to DID'),
      {
        method: 'identity.signPlcOperation',
        body: {},
        by: 'owner',
        answer: [400, 'InvalidRequest', 'email confirmation token required to sign PLC operations'],
      },
      {
        method: 'identity.signPlcOperation',
        body: { token: 'AAAAA-AAAAA' },
        by: 'owner',
        answer: [400, 'InvalidToken', 'Token is invalid'],
      },
      { method: 'identity.signPlcOperation', body: {}, by: 'app', answer: BAD_SCOPE },
      { method: 'identity.requestPlcOperationSignature', body: null, by: 'app', answer: BAD_SCOPE },
      {
        method: 'identity.submitPlcOperation',
        body: { operation: {} },
        by: 'owner',
        answer: [400, 'InvalidRequest', 'Invalid operation'],
      },
      { method: 'identity.getRecommendedDidCredentials', answer: NO_AUTH },
    ],
    admin: () => [
      { method: `admin.getAccountInfo?did=${did}`, answer: NO_ADMIN },
      { method: `admin.getAccountInfo?did=${did}`, by: 'owner', answer: NO_ADMIN },
      {
        method: `admin.getAccountInfo?did=${NOBODY}`,
        by: 'admin',
        answer: [400, 'NotFound', 'Account not found'],
      },
      {
        method: `admin.getSubjectStatus?did=${NOBODY}`,
        by: 'admin',
        answer: [400, 'NotFound', 'Subject not found'],
      },
      {
        method: 'admin.updateSubjectStatus',
        body: { ...subjectOf(did), takedown: ON, deactivated: OFF },
        by: 'admin',
        answer: [400, 'InvalidRequest', 'Cannot activate and takedown an account at the same time'],
      },
      {
        method: 'admin.updateAccountEmail',
        body: { account: 'nobody.test', email: 'x@example.com' },
        by: 'admin',
        answer: [400, 'InvalidRequest', 'Account does not exist: nobody.test'],
      },
      {
        method: 'admin.updateAccountHandle',
        body: { did, handle: 'ab.test' },
        by: 'admin',
        answer: [400, 'InvalidHandle', 'Handle too short'],
      },
      {
        method: 'admin.sendEmail',
        body: { recipientDid: NOBODY, senderDid: NOBODY, content: 'x' },
        by: 'admin',
        answer: [400, 'InvalidRequest', 'Recipient not found'],
      },
      {
        method: 'admin.getInviteCodes?sort=other',
        by: 'admin',
        answer: [400, 'InvalidRequest', 'unknown sort method: other'],
      },
      {
        method: 'admin.disableInviteCodes',
        body: { accounts: ['admin'] },
        by: 'admin',
        answer: [400, 'InvalidRequest', 'cannot disable admin invite codes'],
      },
    ],
    temp: () => [
      {
        method: 'temp.checkHandleAvailability?handle=ab.test',
        answer: [400, 'InvalidHandle', 'Handle too short'],
      },
      { method: 'temp.checkSignupQueue', answer: NO_AUTH },
    ],
  }

  it.each(Object.entries(namespaces))('com.atproto.%s', async (_, rows) => {
    const refused = rows()
    const answers = await Promise.all(
      refused.map(async (row) => [row.method, await refusalOf(await call(row))]),
    )
    expect(answers).toEqual(refused.map(({ method, answer }) => [method, answer]))
  })

  it('distinguishes a missing invite code from an unusable one', async () => {
    const answers = [undefined, 'fake-invite'].map(async (inviteCode) => {
      const row = { method: 'server.createAccount', body: { ...account, inviteCode } }
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
        const row = { method: 'server.createAccount', body: { ...account, ...fields } }
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
const ON = { applied: true }
const OFF = { applied: false }

function subjectOf(did: string): object {
  return { subject: { $type: 'com.atproto.admin.defs#repoRef', did } }
}
