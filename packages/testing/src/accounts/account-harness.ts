import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Secp256k1Keypair } from '@atproto/crypto'
import {
  type AccountModule,
  type AccountModuleOptions,
  type AccountPolicy,
  createAccountModule,
  eraMethods,
  type MailMessage,
  todaysMethods,
} from '@lexwright/account'
import { createServer } from '@lexwright/generated'
import { AtpBaseClient } from '@lexwright/generated/client'
import type { Kysely } from 'kysely'

/** A clock that stands still until it is advanced. */
export interface TestClock {
  now(): Date
  advance(seconds: number): void
}

export function createTestClock(start: Date = new Date('2026-03-01T12:00:00.000Z')): TestClock {
  let time = start.getTime()
  return {
    now: () => new Date(time),
    advance: (seconds) => {
      time += seconds * 1000
    },
  }
}

/** Collects mails instead of sending them. */
export interface Mailbox {
  readonly messages: MailMessage[]
  send(message: MailMessage): Promise<void>
}

export function createMailbox(): Mailbox {
  const messages: MailMessage[] = []
  return { messages, send: async (message) => void messages.push(message) }
}

/** The code of the newest reset mail to an address; empty if there is none. */
export function newestResetCode({ messages }: Mailbox, to: string): string {
  const mail = messages.findLast((each) => each.to === to && each.subject.startsWith('Reset'))
  return /[a-z2-7]{5}-[a-z2-7]{5}/.exec(mail?.text ?? '')?.[0] ?? ''
}

/** An account module with its own database, behind real HTTP. */
export interface AccountHarness {
  readonly accounts: AccountModule
  readonly client: AtpBaseClient
  readonly url: string
  readonly clock: TestClock
  readonly mailbox: Mailbox
  close(): Promise<void>
}

export const TEST_ADMIN_PASSWORD = 'admin:with:colons'

/** Options of a module for tests: cheap hashes, a manual clock, collected mails. */
export async function testModuleOptions(
  policy: Partial<AccountPolicy> = {},
): Promise<Omit<AccountModuleOptions<unknown>, 'db'>> {
  return {
    mailer: createMailbox(),
    // With a clock that stands still, windows would never end.
    rateLimits: false,
    clock: createTestClock(),
    secrets: {
      jwtKeys: [{ kid: 'test', secret: 'jwt secret for tests, long enough' }],
      passwordPepper: 'pepper for tests, 32 bytes or more',
      tokenHmacKey: 'hmac key for tests, 32 bytes or more',
      keyEncryptionKey: new Uint8Array(32).fill(7),
      plcRotationKey: await Secp256k1Keypair.create(),
      adminPassword: TEST_ADMIN_PASSWORD,
    },
    policy: {
      serviceDid: 'did:web:pds.test',
      publicUrl: 'https://pds.test',
      handleDomains: ['.test'],
      bcryptCost: 4,
      hashingThreads: 1,
      hashingQueue: 1000,
      ...policy,
    },
  }
}

/** Migrates and serves a module. */
export async function openAccountHarness(
  db: Kysely<unknown>,
  overrides: Partial<AccountModuleOptions<unknown>> = {},
  listeningOn = 0,
): Promise<AccountHarness> {
  const clock = createTestClock()
  const mailbox = createMailbox()
  const defaults = await testModuleOptions()
  const accounts = createAccountModule({ ...defaults, clock, mailer: mailbox, db, ...overrides })
  await accounts.migrate()

  const server = createServer()
  accounts.register(server, [...eraMethods, ...todaysMethods])
  const http = createHttpServer(server.listener)
  await new Promise<void>((resolve) => http.listen(listeningOn, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    accounts,
    client: new AtpBaseClient(url),
    url,
    clock,
    mailbox,
    close: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
      await accounts.stop()
    },
  }
}
