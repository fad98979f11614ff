import type { Kysely } from 'kysely'
import { type AccountService, createAccountService } from './account-service.ts'
import { type AccountChanges, readChanges } from './changes/read-changes.ts'
import type { ServiceContext } from './context.ts'
import { createServiceContext } from './create-context.ts'
import type { HashingLoad } from './crypto/password-hasher.ts'
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
import { createAccountJobs } from './jobs/account-jobs.ts'
import { type AccountKeys, createAccountKeys } from './keys/account-keys.ts'
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

/** Account management, ready to be plugged into a generated server. */
export interface AccountModule {
  /**
   * Brings the module's schema up to date and returns the names of the steps it took. Safe when
   * several processes do it at once.
   */
  migrate(): Promise<readonly string[]>
  /**
   * Registers methods on a generated server: those of 2022 (`eraMethods`), or those that are named as its second argument,
   * such as `todaysMethods`. The server's type has to have the methods that are registered, and no others.
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
  /** The methods without HTTP: for commands, jobs and tests. */
  readonly service: AccountService
  /** Every change of an account, for a host that polls. */
  readonly changes: AccountChanges
  /** The signing keys of accounts at work. */
  readonly keys: AccountKeys
  /** The operator's actions without HTTP. Not to be exposed to users. */
  readonly operator: AccountOperator
  /**
   * `com.atproto.account.resetPassword` without HTTP, its limits included, for a page of the host. Fails
   * with the method's errors, and with `Retry-After` set on the response where that makes sense.
   */
  submitPasswordReset(call: LimitedCall, request: ResetPasswordRequest): Promise<void>
  /** Calls for pages of the host on which people confirm or change an address, or delete an account. */
  readonly pages: PageCalls
  /**
   * Checks that the secrets are those that the database was used with, and starts what runs in the background: the sending of
   * mail, the completion of interrupted registrations, the publication of DIDs, the purge of deleted accounts, the removal of
   * expired rows.
   *
   * @throws {WrongSecrets}
   */
  start(): Promise<void>
  /**
   * Does what is due now, and resolves when it is done: for a host that runs jobs in its own way.
   */
  runDueJobs(): Promise<void>
  /** How busy the threads are that hash passwords. */
  load(): HashingLoad
  /** Ends the background work and the hashing threads, once what is under way is done. Final. */
  stop(): Promise<void>
}

/** A generated server with the methods of 2022: this workspace's, or a larger one that has them too. */
export type AccountServer = ServerWith<EraMethod>

/**
 * Creates the module. Nothing happens yet: no query, no thread, no timer.
 *
 * @throws {AggregateError} when the policy is wrong, with everything that is.
 * @throws {RangeError} when the schema's name or a secret is unusable.
 */
export function createAccountModule<HostTables>(
  options: AccountModuleOptions<HostTables>,
): AccountModule {
  const database = openDatabase(options.db, checkSchema(options.schema ?? DEFAULT_SCHEMA))
  const context = createServiceContext(options, createStore(database))
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
  const apps: Apps = { admit: undefined }
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
    spend: (limit, caller) => context.budgets.spend(caller, (key) => [{ limit, of: [key] }]),
    logger,
  })
  return accounts
}

/** Makes what runs during a call. It throws the domain's errors; {@link withAnswers} translates them. */
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
    operatorAuth: createOperatorVerifiers(service, { ...todaysAdmin(auth), callerOf, policy }),
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
 * Brings the tables of a schema up to date, as {@link AccountModule.migrate} does, without a module:
 * for a deployment step, or over a connection of its own with more rights than the service has. Given
 * a transaction, it happens in it: inside the host's own migrations.
 *
 * @returns the names of the steps it took.
 */
export function migrateAccounts<HostTables>(
  db: Kysely<HostTables>,
  options: { readonly schema?: string } = {},
): Promise<readonly string[]> {
  return openDatabase(db, checkSchema(options.schema ?? DEFAULT_SCHEMA)).migrate(systemClock.now())
}
