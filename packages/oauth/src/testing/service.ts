import { createServer as createHttpServer, type RequestListener } from 'node:http'
import {
  type AccountModule,
  type AccountModuleOptions,
  createAccountModule,
} from '@lexwright/account'
import { createServer } from '@lexwright/generated'
import {
  createMailbox,
  type Mailbox,
  testModuleOptions,
} from '@lexwright/testing/accounts/account-harness'
import { freePort } from '@lexwright/testing/network/free-port'
import { startTcpProxy } from '@lexwright/testing/network/tcp-proxy'
import type { Kysely } from 'kysely'
import type { AppAuth } from '../auth/verifiers.ts'
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from '../create-authorization-server.ts'
import type { AuthorizationServerOptions } from '../options.ts'

/** Processes that serve accounts and OAuth on one database, under one origin. */
export interface OAuthService {
  /** Origin of the process, or of a load balancer that alternates between the processes. */
  readonly origin: string
  /** The address of each process. */
  readonly urls: readonly string[]
  readonly accounts: AccountModule
  readonly servers: readonly AuthorizationServer[]
  readonly mailbox: Mailbox
  create(name: string): Promise<string>
  close(): Promise<void>
}

export interface OAuthServiceOptions {
  /** Number of processes; one by default. */
  readonly processes?: number
  /** The database of each process; the same for all by default. */
  readonly db: (process: number) => Kysely<unknown>
  readonly accounts?: Partial<AccountModuleOptions<unknown>>
  readonly policy?: Parameters<typeof testModuleOptions>[0]
  readonly oauth?: Partial<AuthorizationServerOptions>
  /** Registers methods; a few methods of a host by default. */
  readonly serve?: typeof serve
}

export const PASSWORD = 'correct horse battery'

export async function openOAuthService(options: OAuthServiceOptions): Promise<OAuthService> {
  const ports = await Promise.all(Array.from({ length: options.processes ?? 1 }, freePort))
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const balancer = ports.length > 1 ? await startTcpProxy(...ports) : undefined
  const origin = `http://127.0.0.1:${balancer?.port ?? ports[0]}`
  const mailbox = createMailbox()
  const defaults = await testModuleOptions({ publicUrl: origin, ...options.policy })
  const parts = urls.map((_, process) => {
    const accounts = createAccountModule({
      ...defaults,
      db: options.db(process),
      mailer: mailbox,
      clock: { now: () => new Date() },
      ...options.accounts,
    })
    const oauth = createAuthorizationServer({
      accounts,
      issuer: origin,
      secrets: ['a secret of the tests, 32 bytes or more'],
      ...options.oauth,
    })
    const http = createHttpServer((options.serve ?? serve)(accounts, oauth))
    // Sends the next request of a client to the other process.
    if (balancer !== undefined) http.maxRequestsPerSocket = 1
    return { accounts, oauth, http }
  })
  const [first] = parts
  if (first === undefined) throw new RangeError('There is no process')
  await first.accounts.migrate()
  await first.oauth.migrate()
  await Promise.all(
    parts.map(
      ({ http }, index) =>
        new Promise<void>((resolve) => http.listen(ports[index], '127.0.0.1', resolve)),
    ),
  )
  return {
    origin,
    urls,
    accounts: first.accounts,
    servers: parts.map(({ oauth }) => oauth),
    mailbox,
    create: async (name) => {
      const { did } = await first.accounts.service.create(
        { handle: `${name}.test`, email: `${name}@example.com`, password: PASSWORD },
        'unlimited',
      )
      return did
    },
    close: async () => {
      await balancer?.close()
      for (const { http, oauth, accounts } of parts) {
        http.closeAllConnections()
        await new Promise((resolve) => http.close(resolve))
        await oauth.stop()
        await accounts.stop()
      }
    },
  }
}

/**
 * Methods of a host beside those of accounts: one for any app, one with a permission, one that also
 * admits deactivated accounts.
 */
function serve(accounts: AccountModule, oauth: AuthorizationServer): RequestListener {
  const server = createServer()
  accounts.register(server, [
    'com.atproto.identity.resolveHandle',
    'com.atproto.server.createAppPassword',
    'com.atproto.server.createSession',
    'com.atproto.server.refreshSession',
  ])
  const who = ({ auth }: { readonly auth: AppAuth }) => {
    const { type, did, scope } = auth.credentials
    // Covers the fields their lexicons require and those the tests check.
    const required = { handle: 'some.test', passwords: [], codes: [] }
    return { encoding: 'application/json', body: { ...required, type, did, scope } }
  }
  server.xrpc.method('com.atproto.server.getSession', {
    auth: oauth.auth.method({ authorize: () => {} }),
    handler: who,
  })
  server.xrpc.method('com.atproto.server.listAppPasswords', {
    auth: oauth.auth.method({
      authorize: (permissions) =>
        permissions.assertRepo({ action: 'create', collection: 'com.example.post' }),
    }),
    handler: who,
  })
  server.xrpc.method('com.atproto.server.getAccountInviteCodes', {
    auth: oauth.auth.method({ authorize: () => {}, allowDeactivated: true }),
    handler: who,
  })
  return server.createListener({ middleware: [oauth.middleware], cors: true })
}
