import { randomBytes } from 'node:crypto'
import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { type VerifiedRepo, verifyRepoCar } from '@atproto/repo'
import { sql } from 'kysely'
import { migrate, openDatabase } from '../database.ts'
import type { RepoEvent } from '../events.ts'
import { createPds, type PdsOptions, type PdsParts } from '../pds.ts'

export const password = 'correct horse battery staple'
export const POST = 'app.bsky.feed.post'

type Member = AtpAgent & { readonly did: string }

export interface TestPds extends PdsParts {
  /** Sends requests without a socket. */
  readonly fetch: typeof fetch
  /** Creates an agent that calls without a socket. */
  agent(): AtpAgent
  /** Signs up an account and returns its agent. */
  signUp(name: string): Promise<Member>
  /** Verifies every signature and every hash of a repository. */
  verify(agent: Member): Promise<VerifiedRepo>
  /**
   * Counts events: all, or those of an account. None has been deleted, so the total is the last
   * sequence number.
   */
  countEvents(did?: string, type?: string): Promise<number>
  /** Returns `count` events after a sequence number. */
  events(after: number, count: number): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

export const post = (text: string, more: object = {}) => ({
  $type: POST,
  text,
  createdAt: new Date().toISOString(),
  ...more,
})

export const errorOf = async (call: Promise<unknown>) =>
  await call.then(
    () => 'none',
    (error) => error.error,
  )

const nobody: Pick<PdsOptions, 'resolver' | 'fetch'> = {
  resolver: {
    handle: { resolve: async () => undefined },
    did: { resolve: async () => null },
  },
  fetch: () => Promise.reject(new Error('There is no network')),
}

/** Opens a PDS on an in-memory database, without a DID directory. */
export async function openPds(
  parts: Pick<PdsOptions, 'resolver' | 'fetch' | 'relays'> = nobody,
): Promise<TestPds> {
  const db = openDatabase()
  await migrate(db)
  const options: PdsOptions = {
    db,
    mailer: { send: async () => {} },
    rateLimits: false,
    secrets: {
      jwtKeys: [{ kid: '1', secret: randomBytes(32).toString('hex') }],
      passwordPepper: randomBytes(32),
      tokenHmacKey: randomBytes(32),
      keyEncryptionKey: randomBytes(32),
      plcRotationKey: await Secp256k1Keypair.create(),
    },
    oauth: { secrets: [randomBytes(32)] },
    policy: {
      serviceDid: 'did:web:pds.test',
      publicUrl: 'https://pds.test',
      handleDomains: ['.test'],
      bcryptCost: 4, // Tests only: far too low to protect real passwords.
      deletionGrace: 0,
    },
    ...parts,
  }
  const pds = createPds(options)
  const handler = pds.server.createFetchHandler({ middleware: pds.middleware })
  const { publicUrl } = options.policy
  const ask: typeof fetch = async (input, init) =>
    await handler(new Request(input, init), { remoteAddress: '127.0.0.1' })
  const agent = () => new AtpAgent({ service: publicUrl, fetch: ask })
  return {
    ...pds,
    fetch: ask,
    agent,
    signUp: async (name) => {
      const one = agent()
      const email = `${name}@mail.test`
      await one.createAccount({ handle: `${name}.test`, email, password })
      return one as Member
    },
    verify: async ({ did, com }) => {
      const { data } = await com.atproto.sync.getRepo({ did })
      return await verifyRepoCar(data, did, await pds.accounts.keys.publicKey(did))
    },
    countEvents: async (did, type) => {
      const { rows } = await sql<{ count: string }>`select count(*) from pds.event
        where did = coalesce(${did ?? null}, did) and type = coalesce(${type ?? null}, type)`.execute(
        db,
      )
      return Number(rows[0]?.count)
    },
    events: async (after, count) => {
      const seen: RepoEvent[] = []
      const stop = new AbortController()
      for await (const event of pds.log.subscribe(after, stop.signal)) {
        if (seen.push(event as RepoEvent) === count) break
      }
      stop.abort()
      return seen as never
    },
    close: async () => {
      await pds.oauth.stop()
      await pds.accounts.stop()
      await db.destroy()
    },
  }
}
