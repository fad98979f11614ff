import * as lexwright from '@lexwright/account'
import { type AuthorizationServerOptions, createAuthorizationServer } from '@lexwright/oauth'
import { type EventLog, intercept, type Middleware } from '@lexwright/xrpc'
import { createServer, type Server } from '../generated/index.ts'
import { accountHooks } from './account-events.ts'
import { createCrawlers } from './crawlers.ts'
import { ACCOUNT_SCHEMA, type Database } from './database.ts'
import { openEventLog, type RepoEvent } from './events.ts'
import { type ProxyOptions, serviceProxy } from './proxy.ts'
import { implementRepo } from './repo-handlers.ts'
import { findRepo } from './repo-state.ts'
import { createRepos, type Repos } from './repos.ts'
import { createRules, type Rules } from './rules.ts'
import { describeRepository, implementSync } from './sync-handlers.ts'

export interface PdsOptions
  extends Omit<lexwright.AccountModuleOptions<unknown>, 'db' | 'hooks' | 'resolver' | 'schema'>,
    Omit<ProxyOptions, 'keys' | 'rules'> {
  readonly db: Database
  readonly oauth: Pick<AuthorizationServerOptions, 'branding' | 'secrets'>
  /** Origins of relays to ask to crawl this host. */
  readonly relays?: readonly string[]
}

/** The parts of a PDS that its handlers use. */
export interface PdsParts {
  readonly server: Server
  readonly db: Database
  readonly accounts: lexwright.AccountModule
  readonly rules: Rules
  readonly repos: Repos
  readonly log: EventLog<RepoEvent>
}

/** Creates a PDS on a migrated database, without listening. */
export function createPds(options: PdsOptions) {
  const { db, policy, relays = [] } = options
  const accounts = lexwright.createAccountModule<unknown>({
    ...options,
    schema: ACCOUNT_SCHEMA,
    hooks: accountHooks,
    repositories: { describe: (did) => describeRepository(db, did) },
  })
  const { keys } = accounts
  const oauth = createAuthorizationServer({ ...options.oauth, accounts, issuer: policy.publicUrl })
  const rules = createRules(oauth)
  const log = openEventLog(db)
  const requestCrawl = createCrawlers(policy.publicUrl, relays, options.fetch)
  const onCommit = () => {
    log.notify()
    requestCrawl()
  }
  const repos = createRepos(db, keys, onCommit)
  const server = createServer({
    payload: { blobLimit: 5 * 1024 * 1024, jsonLimit: 150 * 1024, textLimit: 100 * 1024 },
    catchall: serviceProxy({ ...options, keys, rules }),
  })
  accounts.register(server, lexwright.todaysMethods)
  // Accounts created in other ways, by the operator or on an OAuth page, get their repository with the first record.
  intercept(server.com.atproto.server, 'createAccount', async (_call, next) => {
    const output = await next()
    if ('body' in output) await repos.open(output.body.did)
    return output
  })
  const parts = { server, db, accounts, rules, repos, log }
  implementRepo(parts)
  implementSync(parts)
  // OAuth comes first, as it reads bodies itself.
  const middleware: readonly Middleware[] = [oauth.middleware, wellKnown(db, policy)]
  return { ...parts, oauth, middleware }
}

/** Serves the DIDs of handles, and the document of the service's own `did:web`. */
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
