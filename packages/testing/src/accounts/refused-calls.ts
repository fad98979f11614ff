import { TEST_PASSWORD as password } from './todays-service.ts'

/** The status, error and message of an answer. */
export type Refusal = readonly [status: number, error: string, message: string]

/** A call that the official PDS refuses: the method without `com.atproto.`, its input and its caller. */
export interface RefusedCall {
  readonly method: string
  /** Null for a procedure without input. */
  readonly body?: object | null
  readonly by?: 'owner' | 'app' | 'admin'
  readonly answer: Refusal
}

/** The fields of a valid sign-up. */
export const fresh: Readonly<Record<'handle' | 'email' | 'password', string>> = {
  handle: 'fresh.test',
  email: 'fresh@example.com',
  password,
}
export const ON = { applied: true }
export const OFF = { applied: false }

export function subjectOf(did: string): object {
  return { subject: { $type: 'com.atproto.admin.defs#repoRef', did } }
}

const NOBODY = 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa'
const AUD = 'did:web:feeds.test'
const BAD_SCOPE: Refusal = [400, 'InvalidToken', 'Bad token scope']
const NO_AUTH: Refusal = [401, 'AuthMissing', 'Authentication Required']
const NO_ADMIN: Refusal = [401, 'AuthenticationRequired', 'Authentication Required']
const ADDRESS = 'This email address is not supported, please use a different email.'
const BAD_AUD = 'aud must be a valid atproto DID or did#serviceId reference'

const creating = (fields: object, ...answer: Refusal): RefusedCall => ({
  method: 'server.createAccount',
  body: { ...fresh, ...fields },
  answer,
})
const renaming = (handle: string, ...answer: Refusal): RefusedCall => ({
  method: 'identity.updateHandle',
  body: { handle },
  by: 'owner',
  answer,
})
const authFor = (query: string, by: 'owner' | 'app', ...answer: Refusal): RefusedCall => ({
  method: `server.getServiceAuth?${query}`,
  by,
  answer,
})

/**
 * Refused calls by namespace, with the messages of the official PDS.
 *
 * @param did of alice.test, who calls; bob.test has an account too
 */
export const refusedCalls: Readonly<Record<string, (did: string) => readonly RefusedCall[]>> = {
  server: (did) => [
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
  admin: (did) => [
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
