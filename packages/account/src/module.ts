import type { Kysely } from 'kysely'
import { type AccountService, createAccountService } from './account-service.ts'
import { type AccountChanges, readChanges } from './changes/read-changes.ts'
import type { ServiceContext } from './context.ts'
import { createIdentitySlot, createServiceContext } from './create-context.ts'
import type { HashingLoad } from './crypto/password-hasher.ts'
import { seal } from './crypto/seal.ts'
import { openDatabase } from './db/database.ts'
import { checkSchema, DEFAULT_SCHEMA } from './db/schema-name.ts'
import { setExtension } from './extension.ts'
import { withAnswers } from './http/answer.ts'
import type { Apps } from './http/apps.ts'
import { type AuthVerifiers, createAuthVerifiers } from './http/auth.ts'
import { createCallerOf, type LimitedCall } from './http/call-limits.ts'
import { eraAnswers } from './http/era-answers.ts'
import { createEraHandlers } from './http/era-handlers.ts'
import { type AccountMethod, type EraMethod, eraMethods, type ServerWith } from './http/methods.ts'
import { createOperatorVerifiers } from './http/moderator-auth.ts'
import { createPageCalls, type PageCalls } from './http/page-calls.ts'
import { registerMethods } from './http/register.ts'
import { todaysAnswers } from './http/todays-answers.ts'
import { createTodaysVerifiers, type TodaysVerifiers, todaysAdmin } from './http/todays-auth.ts'
import { createTodaysHandlers } from './http/todays-handlers.ts'
import { adoptLog } from './identity/adopt-log.ts'
import { signEnd, signUpdate } from './identity/update-saga.ts'
import { createAccountJobs } from './jobs/account-jobs.ts'
import { type AccountKeys, createAccountKeys } from './keys/account-keys.ts'
import { openKey } from './keys/sealed-keys.ts'
import type { AccountMailer } from './mail/account-mail.ts'
import { createMailJobs } from './mail/mail-jobs.ts'
import { createOutboxWorker } from './mail/outbox-worker.ts'
import { type AccountOperator, createAccountOperator } from './operator/account-operator.ts'
import { type AccountModuleOptions, type Logger, systemClock } from './options.ts'
import { createSubmitReset } from './password-reset/handlers/resetPassword.ts'
import type { ResetPasswordRequest } from './password-reset/reset-password.ts'
import type { ResolvedPolicy } from './policy.ts'
import { checkSecrets } from './secrets/check-secrets.ts'
import { createStore } from './store.ts'

/** Account management for a generated server. */
export interface AccountModule {
  /**
   * Brings the module's schema up to date and returns the names of the applied migrations. Safe in
   * several processes at once.
   */
  migrate(): Promise<readonly string[]>
  /**
   * Registers methods on a generated server: those of 2022 (`eraMethods`), or those passed as the
   * second argument, such as `todaysMethods`. The type of the server must have the registered
   * methods.
   */
  register(server: AccountServer): void
  register<Method extends AccountMethod>(
    server: ServerWith<Method>,
    methods: readonly Method[],
  ): void
  /** Verifiers for the host's own methods. */
  readonly auth: AuthVerifiers
  /** Verifiers with today's scopes and answers, for the host's own methods. */
  readonly todaysAuth: TodaysVerifiers
  /** The operations without HTTP, for commands, jobs and tests. */
  readonly service: AccountService
  /** Every change to an account, for polling hosts. */
  readonly changes: AccountChanges
  /** The signing keys of accounts. */
  readonly keys: AccountKeys
  /** The operator's actions without HTTP. Do not expose them to users. */
  readonly operator: AccountOperator
  /**
   * `com.atproto.account.resetPassword` for a page of the host, limits included. Throws the
   * method's errors, and sets `Retry-After` on the response where it applies.
   */
  submitPasswordReset(call: LimitedCall, request: ResetPasswordRequest): Promise<void>
  /**
   * Operations for pages of the host on which users confirm or change an address or delete an
   * account.
   */
  readonly pages: PageCalls
  /**
   * Checks the secrets against those used with the database, and starts the background jobs:
   * sending mail, completing interrupted registrations, publishing DIDs, purging deleted accounts
   * and removing expired rows.
   *
   * @throws {WrongSecrets}
   */
  start(): Promise<void>
  /** Runs all due jobs once, for hosts with a scheduler of their own. */
  runDueJobs(): Promise<void>
  /** Load of the password hashing threads. */
  load(): HashingLoad
  /** Stops background jobs and hashing threads once current work is done. Final. */
  stop(): Promise<void>
}

/** A generated server with the methods of 2022, of this workspace or a larger one. */
export type AccountServer = ServerWith<EraMethod>

/**
 * Creates the module without any query, thread or timer.
 *
 * @throws {AggregateError} if the policy is invalid, with every problem.
 * @throws {RangeError} if the schema name or a secret is invalid.
 */
export function createAccountModule<HostTables>(
  options: AccountModuleOptions<HostTables>,
): AccountModule {
  const database = openDatabase(options.db, checkSchema(options.schema ?? DEFAULT_SCHEMA))
  const identity = createIdentitySlot(options)
  const context = createServiceContext(options, createStore(database), identity)
  const { hasher, policy, logger, clock } = context
  const outboxWorker = createOutboxWorker({
    outbox: createMailJobs(context),
    mailer: countMails(options.mailer, context),
    settings: policy.mail,
    logger,
  })
  const jobs = createAccountJobs(context)
  const service = createAccountService(context)
  const operator = createAccountOperator(context)
  const apps: Apps = { admit: undefined, findHost: undefined }
  const calls = createHttpSide(options, { service, operator, policy, logger, apps })

  const accounts: AccountModule = {
    auth: calls.auth,
    todaysAuth: calls.todaysAuth,
    service,
    changes: { read: (query) => readChanges(context, query) },
    keys: createAccountKeys(context),
    operator,
    submitPasswordReset: calls.submitReset,
    pages: calls.pages,
    migrate: () => database.migrate(clock.now()),
    register: (server: AccountServer, methods: readonly AccountMethod[] = eraMethods) =>
      registerMethods(server, methods, calls.generations),
    load: () => hasher.load(),
    start: async () => {
      await context.syncClock()
      await checkSecrets(context)
      outboxWorker.start()
      jobs.start()
    },
    runDueJobs: async () => {
      await context.syncClock()
      while ((await outboxWorker.runOnce()) > 0);
      await jobs.runOnce()
    },
    stop: async () => {
      await jobs.stop()
      await outboxWorker.stop()
      await hasher.close()
    },
  }
  setExtension(accounts, {
    queries: database.queries,
    migrate: (steps) => database.migrate(clock.now(), steps),
    audit: (entry) => context.store.audit.append(entry),
    now: () => context.timeOf(context.store),
    policy,
    callerOf: calls.callerOf,
    admitApps: (admit) => {
      const { admit: before } = apps
      apps.admit = async (call) => (await before?.(call)) ?? (await admit(call))
    },
    admitHostOperators: (findHost) => {
      apps.findHost = findHost
    },
    followChanges: (follow) => void context.followers.push(follow),
    publishThrough: (wrap) => {
      const provider = wrap(identity.current)
      identity.current = provider
      return provider
    },
    rotationKey: context.secrets.plcRotationKey.did(),
    signUpdate: (head, change, plcRotationKey = context.secrets.plcRotationKey) =>
      signUpdate({ secrets: { ...context.secrets, plcRotationKey } }, head, change),
    signEnd: (head) => signEnd(context, head),
    followLog: ({ did, log }, change) =>
      context.store.transaction(async (tx) => {
        await adoptLog(context, tx, { did, log, at: clock.now() })
        await change(tx.queries)
      }),
    tokens: options.tokens,
    seal: (secret, owner) => seal(context.secrets.keyEncryptionKey, secret, owner),
    open: (sealed, owner) => openKey(context, sealed, owner),
    spend: (limit, caller) => context.budgets.spend(caller, (key) => [{ limit, of: [key] }]),
    logger,
  })
  return accounts
}

/**
 * Creates the parts used during calls. They throw errors of the domain, which {@link withAnswers}
 * translates.
 */
function createHttpSide<HostTables>(
  options: AccountModuleOptions<HostTables>,
  { service, operator, policy, logger, apps }: HttpSideParts,
) {
  const callerOf = createCallerOf(options.rateLimits ?? {})
  const auth = createAuthVerifiers(service, callerOf)
  const todaysAuth = createTodaysVerifiers(service, apps)
  const submitReset = createSubmitReset(service, callerOf)
  const era = createEraHandlers({ service, auth, callerOf, submitReset, policy })
  const today = createTodaysHandlers({
    service,
    auth: todaysAuth,
    operatorAuth: createOperatorVerifiers(service, {
      ...todaysAdmin(auth),
      callerOf,
      apps,
      policy,
    }),
    apps,
    operator,
    callerOf,
    submitReset,
    policy,
    repositories: options.repositories,
    moderation: options.moderation,
  })
  const asEra = { answers: eraAnswers, logger }
  const asToday = { answers: todaysAnswers, logger }
  return {
    callerOf,
    auth: withAnswers(auth, asEra),
    todaysAuth: withAnswers(todaysAuth, asToday),
    submitReset: withAnswers(submitReset, asEra),
    pages: withAnswers(createPageCalls(service, callerOf), asToday),
    generations: [withAnswers(era, asEra), withAnswers(today, asToday)],
  }
}

function countMails(mailer: AccountMailer, { observe }: ServiceContext): AccountMailer {
  const counting =
    <Mail>(hand: (mail: Mail) => Promise<void>) =>
    async (mail: Mail): Promise<void> => {
      await hand(mail)
      observe({ type: 'mail', outcome: 'sent' })
    }
  return 'deliver' in mailer
    ? { deliver: counting((mail) => mailer.deliver(mail)) }
    : { send: counting((message) => mailer.send(message)) }
}

interface HttpSideParts {
  readonly apps: Apps
  readonly operator: AccountOperator
  readonly service: AccountService
  readonly policy: ResolvedPolicy
  readonly logger: Logger
}

/**
 * Brings the tables of a schema up to date like {@link AccountModule.migrate}, without a module:
 * for a deployment step, or a connection with more rights than the service. Within a transaction if
 * given one, such as a migration of the host.
 *
 * @returns the names of the applied migrations.
 */
export function migrateAccounts<HostTables>(
  db: Kysely<HostTables>,
  options: { readonly schema?: string } = {},
): Promise<readonly string[]> {
  return openDatabase(db, checkSchema(options.schema ?? DEFAULT_SCHEMA)).migrate(systemClock.now())
}
