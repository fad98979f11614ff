import { createSecretKey, type KeyObject } from 'node:crypto'
import { createServer as createHttpServer, type Server } from 'node:http'
import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { IdResolver } from '@atproto/identity'
import { Client } from '@atproto/lex'
import { Client as PlcClient } from '@did-plc/lib'
import {
  type AccountModule,
  type AccountSummary,
  createAccountModule,
  createPlcIdentity,
  todaysMethods,
} from '@lexwright/account'
import { createServer } from '@lexwright/generated'
import { freePort } from '@lexwright/testing/network/free-port'
import { openDatabase, type TestDatabase } from '@lexwright/testing/postgres/databases'
import { SuiteMailer } from './mailer.ts'
import { longer } from './passwords.ts'
import { answerAsRepository, createModeration } from './repositories.ts'

/** Settings that the suites change; others have no counterpart. */
export interface PdsConfig {
  readonly didPlcUrl?: string
  readonly inviteRequired?: boolean
  readonly rateLimitsEnabled?: boolean
  readonly modServiceDid?: string
  readonly contactEmailAddress?: string
  readonly termsOfServiceUrl?: string
  readonly privacyPolicyUrl?: string
  readonly blobUploadLimit?: number
}

const ADMIN_PASSWORD = 'admin-pass'
const JWT_SECRET = 'a secret of 32 bytes or more, for the suites'

/** Runs the account module as the suites run a PDS. */
export class TestPds {
  readonly url: string
  readonly ctx: SuiteContext
  readonly #accounts: AccountModule
  readonly #http: Server
  readonly #database: TestDatabase

  private constructor(parts: {
    readonly url: string
    readonly ctx: SuiteContext
    readonly accounts: AccountModule
    readonly http: Server
    readonly database: TestDatabase
  }) {
    this.url = parts.url
    this.ctx = parts.ctx
    this.#accounts = parts.accounts
    this.#http = parts.http
    this.#database = parts.database
  }

  static async create(config: PdsConfig): Promise<TestPds> {
    const database = await openDatabase()
    const port = await freePort()
    const url = `http://localhost:${port}`
    const serviceDid = `did:web:localhost%3A${port}`
    const plcUrl = config.didPlcUrl ?? ''
    const plcRotationKey = await Secp256k1Keypair.create()
    const recoveryDidKey = (await Secp256k1Keypair.create()).did()
    const idResolver = new IdResolver({ plcUrl, fetch: globalThis.fetch })
    const mailer = new SuiteMailer()
    const sequencer = { sequenceEvts: async (): Promise<void> => {} }
    const accounts = createAccountModule({
      db: database.db,
      identity: createPlcIdentity({ url: plcUrl }),
      resolver: idResolver,
      mailer,
      ...(!config.rateLimitsEnabled && { rateLimits: false }),
      moderation: createModeration(),
      hooks: { onAccountChanged: () => sequencer.sequenceEvts() },
      secrets: {
        jwtKeys: [{ kid: 'suites', secret: JWT_SECRET }],
        passwordPepper: 'pepper for the suites, 32 bytes or more',
        tokenHmacKey: 'hmac key for the suites, 32 bytes or more',
        keyEncryptionKey: new Uint8Array(32).fill(7),
        plcRotationKey,
        adminPassword: ADMIN_PASSWORD,
      },
      policy: {
        serviceDid,
        publicUrl: url,
        handleDomains: ['.test', '.example'],
        recoveryDidKey,
        ...(config.modServiceDid !== undefined && { modServiceDid: config.modServiceDid }),
        ...(config.blobUploadLimit !== undefined && { blobUploadLimit: config.blobUploadLimit }),
        contact: {
          ...(config.contactEmailAddress !== undefined && { email: config.contactEmailAddress }),
          ...(config.termsOfServiceUrl !== undefined && {
            termsOfService: config.termsOfServiceUrl,
          }),
          ...(config.privacyPolicyUrl !== undefined && { privacyPolicy: config.privacyPolicyUrl }),
        },
        inviteRequired: config.inviteRequired ?? false,
        bcryptCost: 4,
        hashingThreads: 1,
        hashingQueue: 1000,
      },
    })
    await accounts.migrate()
    const server = createServer()
    accounts.register(server, todaysMethods)
    const http = createHttpServer((req, res) => {
      if (!answerAsRepository(req, res)) server.listener(req, res)
    })
    await new Promise<void>((resolve) => http.listen(port, 'localhost', resolve))
    const ctx: SuiteContext = {
      mailer,
      sequencer,
      idResolver,
      plcRotationKey,
      plcClient: new PlcClient(plcUrl),
      cfg: { service: { did: serviceDid, publicUrl: url }, identity: { plcUrl, recoveryDidKey } },
      accountManager: {
        getAccount: async (name) => {
          const { handle, email } = await accounts.operator.showAccount(name)
          // In the form the PDS stores.
          return { handle, email: email?.toLowerCase() ?? null }
        },
      },
      actorStore: {
        keypair: async (did) => {
          const key = await accounts.keys.publicKey(did)
          return { did: () => key }
        },
      },
    }
    return new TestPds({ url, ctx, accounts, http, database })
  }

  getAgent(): AtpAgent {
    return new AtpAgent({ service: this.url, fetch: this.#fetch })
  }

  getClient(): Client {
    return new Client({ service: this.url, fetch: this.#fetch })
  }

  adminAuth(): string {
    return `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`
  }

  adminAuthHeaders(): { readonly authorization: string } {
    return { authorization: this.adminAuth() }
  }

  jwtSecretKey(): KeyObject {
    return createSecretKey(Buffer.from(JWT_SECRET))
  }

  async processAll(): Promise<void> {
    await this.#accounts.runDueJobs()
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
    await this.#accounts.stop()
    await this.#database.close()
  }

  /** The suites expect mails to be sent when the answer arrives. */
  readonly #fetch: typeof fetch = async (input, init) => {
    const response = await fetch(await longer(new Request(input, init)))
    if (response.ok) await this.#accounts.runDueJobs()
    return response
  }
}

/** The parts of a PDS that the suites access, as far as the account module has them. */
interface SuiteContext {
  readonly mailer: SuiteMailer
  readonly sequencer: { sequenceEvts(): Promise<void> }
  readonly idResolver: IdResolver
  readonly plcRotationKey: Secp256k1Keypair
  readonly plcClient: PlcClient
  readonly cfg: {
    readonly service: { readonly did: string; readonly publicUrl: string }
    readonly identity: { readonly plcUrl: string; readonly recoveryDidKey: string }
  }
  readonly accountManager: {
    getAccount(name: string): Promise<Pick<AccountSummary, 'handle' | 'email'>>
  }
  readonly actorStore: { keypair(did: string): Promise<{ did(): string }> }
}
