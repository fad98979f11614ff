import { randomBytes } from 'node:crypto'
import { AtpAgent } from '@atproto/api'
import { Secp256k1Keypair } from '@atproto/crypto'
import { type Database, migrate, openDatabase } from '../database.ts'
import type { RepoEvent } from '../events.ts'
import { createPds, type Pds, type PdsOptions } from '../pds.ts'

export const password = 'correct horse battery staple'
export const POST = 'app.bsky.feed.post'

export interface TestPds extends Pds {
  readonly db: Database
  /** Asks without a socket. */
  fetch(url: string): Promise<Response>
  /** An agent that calls without a socket. */
  agent(): AtpAgent
  /** An agent with an account. */
  signUp(name: string): Promise<AtpAgent & { readonly did: string }>
  /** Events after a number, as many as are wanted. */
  events(after: number, count: number): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

/** A PDS on a database in memory, without a directory of DIDs. */
export async function openPds(
  parts: Pick<PdsOptions, 'resolver' | 'fetch' | 'relays'>,
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
    policy: {
      serviceDid: 'did:web:pds.test',
      publicUrl: 'http://pds.test',
      handleDomains: ['.test'],
      bcryptCost: 4, // For tests: this many passwords are not worth protecting.
      deletionGrace: 0,
    },
    ...parts,
  }
  const pds = createPds(options)
  const handler = pds.server.createFetchHandler({ middleware: pds.middleware })
  const agent = () =>
    new AtpAgent({
      service: options.policy.publicUrl,
      fetch: async (input, init) => await handler(new Request(input, init)),
    })
  return {
    ...pds,
    db,
    fetch: (url) => handler(new Request(url)),
    agent,
    signUp: async (name) => {
      const one = agent()
      const email = `${name}@mail.test`
      await one.createAccount({ handle: `${name}.test`, email, password })
      return one as Awaited<ReturnType<TestPds['signUp']>>
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
      await pds.accounts.stop()
      await db.destroy()
    },
  }
}
