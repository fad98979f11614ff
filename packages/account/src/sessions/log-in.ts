import { type AppLogin, findAppLogin, noteAppLogin } from '../app-passwords/app-passwords.ts'
import { requestCode, useCode } from '../codes/mail-codes.ts'
import type { ServiceContext, Tx } from '../context.ts'
import { PasswordQueueFullError } from '../crypto/password-hasher.ts'
import type { AccountStatus } from '../db/tables.ts'
import {
  AccountDisabled,
  AuthFactorRequired,
  TemporarilyUnavailable,
  WrongCredentials,
} from '../errors.ts'
import { type Caller, callerKey } from '../limits/caller.ts'
import type { Credentials } from './credential-store.ts'
import { withinLoginBudgets } from './login-budgets.ts'
import { readLoginName } from './login-name.ts'
import { openSession, type Session, type SessionTokens, signSession } from './sessions.ts'

export interface LoginRequest {
  /** A handle, an email address or a DID. */
  readonly name: string
  readonly password: string
  /** True if the owner of a disabled account gets a session that is good for leaving only. */
  readonly allowTakendown?: boolean
  /** The code from a mail, for an account with that second factor; or what a check of the host's own wants. */
  readonly authFactorToken?: string | undefined
}

/** A session and whose it is. */
export interface SignedIn extends SessionTokens {
  readonly did: string
  readonly handle: string
}

/** How often the stored hash may be replaced under our hands by other logins. */
const MAX_ATTEMPTS = 3

/**
 * Begins a session with a password. Unknown, unfinished and deleted accounts are answered as a wrong
 * password is, in the same time. A hash that was made in another way than new ones (imported, an
 * older pepper, another cost) is replaced.
 *
 * @throws {WrongCredentials}
 * @throws {AuthFactorRequired} @throws {InvalidCode} @throws {ExpiredCode}
 * @throws {AccountDisabled} to whoever knows the password.
 * @throws {RateLimitExceeded}
 */
export async function logIn(
  context: ServiceContext,
  request: LoginRequest,
  caller: Caller,
): Promise<SignedIn> {
  const { name } = request
  return await withinLoginBudgets(context, { name, caller }, async () => {
    const { account, result: session } = await proveLogin(context, request, {
      caller,
      finish: (tx, login) => beginSession(context, tx, login),
    })
    const { accessJwt, refreshJwt } = await signSession(context, session)
    return { accessJwt, refreshJwt, did: account.did, handle: account.handle }
  })
}

/** An owner who has just given the password of the account, and the code from a mail where it needs one. */
export interface ProvenOwner {
  readonly did: string
  readonly handle: string
  /** Of the account when the password was right: what rests on it ends when the account's is higher. */
  readonly epoch: number
}

/**
 * Checks a name and a password as {@link logIn} does, the second factor included, and begins no session. An app password is
 * refused.
 *
 * @throws {WrongCredentials} @throws {AuthFactorRequired} @throws {InvalidCode} @throws {ExpiredCode}
 * @throws {AccountDisabled} @throws {RateLimitExceeded}
 */
export async function authenticateOwner(
  context: ServiceContext,
  request: Pick<LoginRequest, 'name' | 'password' | 'authFactorToken'>,
  caller: Caller,
): Promise<ProvenOwner> {
  const { name } = request
  return await withinLoginBudgets(context, { name, caller }, async () => {
    const { account, result: epoch } = await proveLogin(context, request, {
      caller,
      finish: async (tx, { account: { did }, app, epoch: current }) => {
        if (app !== undefined) throw new WrongCredentials(REFUSAL)
        const at = context.clock.now()
        await tx.audit.append({ event: 'owner.authenticated', actor: 'owner', did, at })
        return current
      },
    })
    return { did: account.did, handle: account.handle, epoch }
  })
}

/** A login whose password is right, in the transaction that holds its account as it is. */
interface ProvenLogin {
  readonly account: Credentials
  readonly app: AppLogin | undefined
  readonly epoch: number
}

interface LoginSteps<Result> {
  readonly caller: Caller
  /** Runs in the transaction. Undefined starts over. */
  readonly finish: (tx: Tx, login: ProvenLogin) => Promise<Result | undefined>
}

async function proveLogin<Result>(
  context: ServiceContext,
  request: LoginRequest,
  { caller: loggingIn, finish }: LoginSteps<Result>,
): Promise<{ readonly account: Credentials; readonly result: Result }> {
  // Who has a share of the threads that hash.
  const caller = callerKey(loggingIn)
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const { account, app, needsRehash } = await checkPassword(context, request, caller)
    const { did, handle } = account
    if (app === undefined) {
      await context.checkLogin?.({ did, handle, authFactorToken: request.authFactorToken })
    }
    if (app === undefined && account.emailAuthFactor && request.authFactorToken === undefined) {
      await requestCode(context, { did: account.did, purpose: 'sign-in' }, loggingIn)
      throw new AuthFactorRequired('A sign in code has been sent to your email address')
    }
    const typed = request.authFactorToken ?? ''
    const result = await begin(context, account, { app, typed, finish })
    if (result === undefined) continue
    if (needsRehash) await upgrade(context, { account, password: request.password, caller })
    return { account, result }
  }
  throw new TemporarilyUnavailable('The account is changing; try again', { retryAfterSeconds: 1 })
}

/** Who logs in, and with what. */
export interface Checked {
  readonly account: Credentials
  /** Undefined for the password of the account. */
  readonly app: AppLogin | undefined
  readonly needsRehash: boolean
}

/** The account that a name and a password lead to. */
export async function checkPassword(
  context: ServiceContext,
  { name, password, allowTakendown = false }: LoginRequest,
  caller: string | null,
): Promise<Checked> {
  const { store, hasher } = context
  const account = await store.credentials.find(readLoginName(name))
  if (account === undefined) {
    await hasher.verifyDummy(password, caller)
    throw new WrongCredentials(REFUSAL)
  }
  const app = await findAppLogin(context, { did: account.did, password })
  if (app !== undefined && APP_STATES.has(account.status))
    return { account, app, needsRehash: false }
  const { ok, needsRehash } = await hasher.verify(password, account.passwordHash, caller)
  if (!ok) throw new WrongCredentials(REFUSAL)
  if (account.status === 'disabled' && !allowTakendown) {
    throw new AccountDisabled('Account has been disabled')
  }
  if (!LOGIN_STATES.has(account.status)) throw new WrongCredentials(REFUSAL)
  return { account, app: undefined, needsRehash }
}

/** A disabled one only with `allowTakendown`. */
const LOGIN_STATES: ReadonlySet<AccountStatus> = new Set(['active', 'deactivated', 'disabled'])

const APP_STATES: ReadonlySet<AccountStatus> = new Set(['active', 'deactivated'])

const REFUSAL = 'Wrong name or password'

/**
 * Undefined if the account is no longer what the password was checked against: a reset or a deletion
 * that came in between ends this login too.
 */
function begin<Result>(
  context: ServiceContext,
  account: Credentials,
  {
    app,
    typed,
    finish,
  }: {
    readonly app: AppLogin | undefined
    readonly typed: string
    readonly finish: LoginSteps<Result>['finish']
  },
): Promise<Result | undefined> {
  const { did, passwordHash, notifyOfLogin, status, emailAuthFactor } = account
  return context.store.transaction(async (tx) => {
    // Before the lock below: several logins may hold that, and could then only wait for each other.
    const isNoticeDue = notifyOfLogin && (await tx.credentials.takeLoginNotice(did, passwordHash))
    const epoch = await tx.credentials.lockForLogin({ did, passwordHash, status })
    if (epoch === undefined) return undefined
    if (app === undefined && emailAuthFactor) {
      await useCode(context, tx, { did, purpose: 'sign-in', typed })
    }
    const result = await finish(tx, { account, app, epoch })
    if (result !== undefined && isNoticeDue) {
      await tx.outbox.add('login-after-reset', did, context.clock.now())
    }
    return result
  })
}

/** Undefined if the app password was revoked meanwhile. */
async function beginSession(
  context: ServiceContext,
  tx: Tx,
  { account: { did, status }, app, epoch }: ProvenLogin,
): Promise<Session | undefined> {
  const isRevoked =
    app !== undefined && !(await noteAppLogin(tx, { did, login: app, at: context.clock.now() }))
  if (isRevoked) return undefined
  const session = await openSession(context, tx, {
    did,
    epoch,
    scope: app?.scope ?? (status === 'disabled' ? 'takendown' : 'access'),
    appPassword: app?.name ?? null,
  })
  const at = session.authTime
  await tx.audit.append({ event: 'session.created', actor: 'owner', did, at })
  return session
}

/** The login stands whether or not this succeeds; the next one tries again. */
async function upgrade(
  { store, hasher, logger }: ServiceContext,
  {
    account: { did, passwordHash },
    password,
    caller,
  }: { readonly account: Credentials; readonly password: string; readonly caller: string | null },
): Promise<void> {
  try {
    const to = await hasher.hash(password, caller)
    await store.credentials.upgrade({ did, from: passwordHash, to })
  } catch (cause) {
    if (cause instanceof PasswordQueueFullError) return
    logger.warn({ did, err: cause }, 'a password hash could not be upgraded')
  }
}
