import { AtpAgent, type AtpSessionData } from '@atproto/api'
import type { AccountModuleOptions, AccountPolicy } from '@lexwright/account'
import { freePort } from '../network/free-port.ts'
import { openAccountDatabase, type TestDatabase } from './account-databases.ts'
import {
  type AccountHarness,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  type TestClock,
  testModuleOptions,
} from './account-harness.ts'

export const TEST_PASSWORD = 'correct horse battery'

/** AtpAgent as used by an app. */
export interface TestApp {
  readonly agent: AtpAgent
  /** The events of its session, oldest first. */
  readonly events: readonly string[]
  /** The session in the form an app stores. */
  stored(): AtpSessionData
}

/** A service for today's clients, at the address in its DIDs. */
export interface TodaysService {
  readonly harness: AccountHarness
  newApp(): TestApp
  /** Signs up as `<name>.test`, with the address `<name>@example.com`. */
  signUp(name: string): Promise<TestApp & { readonly did: string; readonly email: string }>
  get(method: string, token?: string): Promise<Response>
  post(method: string, body?: object, token?: string): Promise<Response>
  /** Authenticated as the user `admin`. */
  readonly asAdmin: AtpAgent
  /**
   * Sends due mails and returns the code in the newest one with this recipient and subject; empty
   * if there is none.
   */
  codeFor(email: string, subject: RegExp): Promise<string>
  close(): Promise<void>
}

export interface TodaysServiceOptions
  extends Omit<Partial<AccountModuleOptions<unknown>>, 'db' | 'mailer' | 'policy' | 'clock'> {
  /**
   * The database of the test run by default: PostgreSQL, or PGlite in `npm run test:long pglite`.
   */
  readonly openDatabase?: () => Promise<TestDatabase>
  readonly policy?: Partial<AccountPolicy>
  readonly clock?: TestClock
}

export async function openTodaysService({
  openDatabase = openAccountDatabase,
  policy: changes,
  ...module
}: TodaysServiceOptions = {}): Promise<TodaysService> {
  const database = await openDatabase()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { policy } = await testModuleOptions({ publicUrl: url, ...changes })
  const harness = await openAccountHarness(database.db, { ...module, policy }, port)
  const call = (method: string, init: RequestInit, token: string | undefined) =>
    fetch(`${url}/xrpc/com.atproto.${method}`, {
      ...init,
      headers: {
        ...init.headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    })
  const basic = Buffer.from(`admin:${TEST_ADMIN_PASSWORD}`).toString('base64')

  function newApp(): TestApp {
    const events: string[] = []
    let session: AtpSessionData | undefined
    const agent = new AtpAgent({
      service: url,
      persistSession: (event, changed) => {
        events.push(event)
        session = changed
      },
    })
    return {
      agent,
      events,
      stored: () => {
        if (session === undefined) throw new Error('no session is stored')
        return { ...session }
      },
    }
  }

  return {
    harness,
    newApp,
    signUp: async (name) => {
      const app = newApp()
      const email = `${name}@example.com`
      await app.agent.createAccount({ handle: `${name}.test`, email, password: TEST_PASSWORD })
      return { ...app, email, did: app.stored().did }
    },
    get: (method, token) => call(method, {}, token),
    post: (method, body, token) =>
      call(
        method,
        {
          method: 'POST',
          ...(body && {
            body: JSON.stringify(body),
            headers: { 'content-type': 'application/json' },
          }),
        },
        token,
      ),
    asAdmin: new AtpAgent({ service: url, headers: [['authorization', `Basic ${basic}`]] }),
    codeFor: async (email, subject) => {
      await harness.accounts.runDueJobs()
      const mail = harness.mailbox.messages.findLast(
        (each) => each.to === email && subject.test(each.subject),
      )
      return /^ {4}(\S{5}-\S{5})$/m.exec(mail?.text ?? '')?.[1] ?? ''
    },
    close: async () => {
      await harness.close()
      await database.close()
    },
  }
}
