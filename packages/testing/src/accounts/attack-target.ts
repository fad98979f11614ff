import { connect } from 'node:net'
import type { Kysely } from 'kysely'
import { openAccountDatabase } from './account-databases.ts'
import {
  type AccountHarness,
  newestResetCode,
  openAccountHarness,
  testModuleOptions,
} from './account-harness.ts'

export const password = 'correct horse battery'
/** The page that reset mails link to. */
export const RESET_PAGE = 'https://pds.test/reset'

export interface AttackCall {
  readonly body?: unknown
  readonly authorization?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface AttackAnswer {
  readonly status: number
  /** The name of the error. */
  readonly error: string | undefined
  readonly text: string
}

/** A person, possibly with an account, and what an attacker may attempt against it. */
export interface Victim {
  readonly name: string
  readonly email: string
  signUp(changes?: object): Promise<{
    readonly did: string
    readonly accessJwt: string
    readonly refreshJwt: string
  }>
  logIn(password: string, handle?: string): Promise<AttackAnswer>
  /** The code of the newest reset mail, once sent. */
  resetCode(): Promise<string>
}

/** An account module behind real HTTP on a real PostgreSQL, to attack in tests. */
export interface AttackTarget {
  readonly db: Kysely<unknown>
  readonly harness: AccountHarness
  /** A new person. */
  person(prefix?: string): Victim
  /** A call without a client library; a string is sent unchanged. */
  call(method: string, call?: AttackCall): Promise<AttackAnswer>
  get(accessJwt: string): Promise<AttackAnswer>
  reset(token: unknown, password?: unknown): Promise<AttackAnswer>
  /** Sends bytes to the socket and returns the answer. */
  raw(request: string): Promise<string>
  close(): Promise<void>
}

export async function openAttackTarget(): Promise<AttackTarget> {
  const database = await openAccountDatabase()
  const { policy } = await testModuleOptions({ passwordResetUrl: RESET_PAGE })
  const harness = await openAccountHarness(database.db, { policy })
  let people = 0

  const call: AttackTarget['call'] = async (method, { body, authorization, headers = {} } = {}) => {
    const isQuery = method.endsWith('.get') || method.endsWith('resolve')
    const response = await fetch(`${harness.url}/xrpc/com.atproto.${method}`, {
      method: isQuery ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const error = text === '' ? undefined : JSON.parse(text).error
    return { status: response.status, error, text }
  }

  return {
    db: database.db,
    harness,
    person: (prefix = 'abuse') => {
      people += 1
      const name = `${prefix}${people}`
      const email = `${name}@example.com`
      return {
        name,
        email,
        signUp: async (changes = {}) => {
          const { data } = await harness.client.com.atproto.account.create({
            handle: `${name}.test`,
            email,
            password: password,
            ...changes,
          })
          return data
        },
        logIn: (password, handle = `${name}.test`) =>
          call('session.create', { body: { handle, password } }),
        resetCode: async () => {
          await call('account.requestPasswordReset', { body: { email } })
          await harness.accounts.runDueJobs()
          return newestResetCode(harness.mailbox, email)
        },
      }
    },
    call,
    get: (accessJwt) => call('account.get', { authorization: `Bearer ${accessJwt}` }),
    reset: (token, password = 'a whole new password') =>
      call('account.resetPassword', { body: { token, password } }),
    raw: (request) => send(new URL(harness.url), request),
    close: async () => {
      await harness.close()
      await database.close()
    },
  }
}

function send({ hostname, port }: URL, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request))
    let answer = ''
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answer))
  })
}
