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
  /** True if the owner of a disabled account gets a session for leaving. */
  readonly allowTakendown?: boolean
  /**
   * The mailed code, for accounts with that second factor, or the input of the host's own check.
   */
  readonly authFactorToken?: string | undefined
}

/** A session and its account. */
export interface SignedIn extends SessionTokens {
  readonly did: string
  readonly handle: string
}

/** Attempts when concurrent logins upgrade the stored hash. */
const MAX_ATTEMPTS = 3

/**
 * Begins a session with a password. Unknown, pending and deleted accounts get the same answer as a
 * wrong password, in the same time. An outdated hash (imported, an older pepper, another cost) is
 * upgraded.
 *
 * @throws {WrongCredentials}
 * @throws {AuthFactorRequired} @throws {InvalidCode} @throws {ExpiredCode}
 * @throws {AccountDisabled} only after the right password.
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

/** An owner who has entered the account password, and the mailed code if required. */
export interface ProvenOwner {
  readonly did: string
  readonly handle: string
  /**
   * Session epoch of the account at the check; grants based on it end once the account's is higher.
   */
  readonly epoch: number
}

/**
 * Checks a name, a password and the second factor like {@link logIn}, without a session. App
 * passwords are refused.
 *
 * @throws {WrongCredentials} @throws {AuthFactorRequired} @throws {InvalidCode}
 * @throws {ExpiredCode}
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

/** A login with the right password, in the transaction that locks its account. */
interface ProvenLogin {
  readonly account: Credentials
  readonly app: AppLogin | undefined
  readonly epoch: number
}

interface LoginSteps<Result> {
  readonly caller: Caller
  /** Runs in the transaction. If undefined, the login starts over. */
  readonly finish: (tx: Tx, login: ProvenLogin) => Promise<Result | undefined>
}

async function proveLogin<Result>(
  context: ServiceContext,
  request: LoginRequest,
  { caller: loggingIn, finish }: LoginSteps<Result>,
): Promise<{ readonly account: Credentials; readonly result: Result }> {
  // Determines the share of the hashing queue.
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
  throw new TemporarilyUnavailable('The account is being changed; try again', {
    retryAfterSeconds: 1,
  })
}

/** The account and the kind of password. */
export interface Checked {
  readonly account: Credentials
  /** Undefined for the account password. */
  readonly app: AppLogin | undefined
  readonly needsRehash: boolean
}

/** Finds the account of a name and checks its password. */
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

/** A disabled account only with `allowTakendown`. */
const LOGIN_STATES: ReadonlySet<AccountStatus> = new Set(['active', 'deactivated', 'disabled'])

const APP_STATES: ReadonlySet<AccountStatus> = new Set(['active', 'deactivated'])

const REFUSAL = 'Wrong name or password'

/**
 * Undefined if the account has changed since its password was checked: a concurrent reset or
 * deletion ends this login too.
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
    // Before the lock below, which several logins can share and would then wait for each other.
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

/** Undefined if the app password was revoked in the meantime. */
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

/** Failure does not affect the login; the next one tries again. */
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
