import { AtpAgent, type AtpSessionData } from '@atproto/api'
import type { AccountModuleOptions, AccountPolicy } from '@lexwright/account'
import { freePort } from '../network/free-port.ts'
import { testDatabases } from '../postgres/databases.ts'
import {
  type AccountHarness,
  openAccountHarness,
  TEST_ADMIN_PASSWORD,
  testModuleOptions,
} from './account-harness.ts'

export const TEST_PASSWORD = 'correct horse battery'

/** AtpAgent as an app uses it. */
export interface TestApp {
  readonly agent: AtpAgent
  /** The events of its session, oldest first. */
  readonly events: readonly string[]
  /** The session as the app would store it. */
  stored(): AtpSessionData
}

/** A service on PGlite at the address that its DIDs name, for clients of today. */
export interface TodaysService {
  readonly harness: AccountHarness
  newApp(): TestApp
  /** Signs up as `<name>.test`, with the address `<name>@example.com`. */
  signUp(name: string): Promise<TestApp & { readonly did: string; readonly email: string }>
  get(method: string, token?: string): Promise<Response>
  post(method: string, body?: object, token?: string): Promise<Response>
  /** As the user `admin`. */
  readonly asAdmin: AtpAgent
  /** Sends what is due, and gives the code of the newest mail to an address with such a subject; empty if there is none. */
  codeFor(email: string, subject: RegExp): Promise<string>
  close(): Promise<void>
}

export interface TodaysServiceOptions
  extends Pick<
    Partial<AccountModuleOptions<unknown>>,
    'hooks' | 'moderation' | 'rateLimits' | 'resolver'
  > {
  readonly policy?: Partial<AccountPolicy>
}

export async function openTodaysService({
  policy: changes,
  ...options
}: TodaysServiceOptions = {}): Promise<TodaysService> {
  const pglite = testDatabases.find(({ name }) => name === 'PGlite')
  if (pglite === undefined) throw new Error('there is no PGlite to test on')
  const database = await pglite.open()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { policy } = await testModuleOptions({ publicUrl: url, ...changes })
  const harness = await openAccountHarness(database.db, { policy, ...options }, port)
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
