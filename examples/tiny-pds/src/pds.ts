import * as lexwright from '@lexwright/account'
import { type EventLog, intercept, type Middleware } from '@lexwright/xrpc'
import { createServer, type Server } from '../generated/index.ts'
import { accountHooks } from './account-events.ts'
import { createCrawlers } from './crawlers.ts'
import { ACCOUNT_SCHEMA, type Database, type Tables } from './database.ts'
import { openEventLog, type RepoEvent } from './events.ts'
import { type ProxyOptions, serviceProxy } from './proxy.ts'
import { implementRepo } from './repo-handlers.ts'
import { Repos } from './repos.ts'
import { describeRepository, findRepo, implementSync } from './sync-handlers.ts'

type AccountOptions = 'identity' | 'mailer' | 'policy' | 'secrets' | 'logger' | 'rateLimits'

export interface PdsOptions
  extends Pick<lexwright.AccountModuleOptions<Tables>, AccountOptions>,
    Omit<ProxyOptions, 'accounts'> {
  readonly db: Database
  /** The origins of relays that are asked to follow this host. */
  readonly relays?: readonly string[]
  /** The most that a blob may hold, in bytes; 5 MiB. */
  readonly blobLimit?: number
}

export interface Pds {
  readonly server: Server
  readonly accounts: lexwright.AccountModule
  readonly repos: Repos
  readonly log: EventLog<RepoEvent>
  /** Answers what is no method; for `listen`. */
  readonly middleware: readonly Middleware[]
}

/** A PDS on a database that is migrated. Nothing listens yet. */
export function createPds(options: PdsOptions): Pds {
  const { db, policy, relays = [], blobLimit = 5 * 1024 * 1024 } = options
  const accounts = lexwright.createAccountModule<Tables>({
    ...options,
    schema: ACCOUNT_SCHEMA,
    hooks: accountHooks,
    repositories: { describe: (did) => describeRepository(db, did) },
  })
  const log = openEventLog(db)
  const { host: hostname } = new URL(policy.publicUrl)
  const requestCrawl = createCrawlers({ hostname, relays, fetch: options.fetch })
  const onCommit = () => {
    log.notify()
    requestCrawl()
  }
  const repos = new Repos({ db, keys: accounts.keys, onCommit })
  const server = createServer({
    payload: { blobLimit, jsonLimit: 150 * 1024, textLimit: 100 * 1024 },
    catchall: serviceProxy({ ...options, accounts }),
  })
  accounts.register(server, lexwright.todaysMethods)
  // An account that comes in without this, from an operator, gets its repository with its first record.
  intercept(server.com.atproto.server, 'createAccount', async (_call, next) => {
    const output = await next()
    if ('body' in output) await repos.open(output.body.did)
    return output
  })
  implementRepo(server, { db, repos, accounts })
  implementSync(server, { db, repos, accounts, log })
  return { server, accounts, repos, log, middleware: [wellKnown(db, policy)] }
}

/** Proves handles of the served domains, and says where the service of a `did:web` is. */
function wellKnown(db: Database, { serviceDid, publicUrl }: PdsOptions['policy']): Middleware {
  const type = 'AtprotoPersonalDataServer'
  const service = [{ id: '#atproto_pds', type, serviceEndpoint: publicUrl }]
  const document = { '@context': ['https://www.w3.org/ns/did/v1'], id: serviceDid, service }
  return async (req, res, next) => {
    if (req.url === '/.well-known/did.json') return res.json(document)
    if (req.url !== '/.well-known/atproto-did') return next()
    const repo = await findRepo(db, req.hostname).catch(() => undefined)
    if (repo === undefined) res.status(404).end()
    else res.type('text/plain').send(repo.did)
  }
}
