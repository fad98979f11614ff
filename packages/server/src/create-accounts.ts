import { createHmac } from 'node:crypto'
import {
  type AccountModule,
  type AccountObserver,
  type AccountSecrets,
  type BreachedPasswords,
  createAccountModule,
  createFileMailer,
  createPlcIdentity,
  createPwnedPasswords,
  createSmtpMailer,
  defaultReservedLabels,
  type IdentityProvider,
  type Mailer,
  migrateAccounts,
  type RateLimitOptions,
  type TokenKey,
  type TokenScheme,
} from '@lexwright/account'
import type { Config } from './config/load-config.ts'
import { mailDirectory } from './config/places.ts'
import { type Database, DatabaseError } from './database/database.ts'
import { deriveKey } from './derive-key.ts'
import { createResolver } from './identity-resolver.ts'
import type { Logger } from './logging/logger.ts'
import { ownerPagesAt } from './pages/owner-pages.ts'
import { RESET_PASSWORD_PATH } from './pages/reset-password.ts'
import { createRotationKey } from './rotation-key.ts'
import { withoutUndefined } from './without-undefined.ts'

export interface AccountsOptions {
  readonly config: Config
  readonly database: Database
  /** The configured directory by default. */
  readonly identity?: IdentityProvider | undefined
  /** HS256 with the secrets of the configuration by default. */
  readonly tokens?: TokenScheme | undefined
  readonly mailer: Mailer
  /** Public URL of the service. */
  readonly publicUrl: string
  readonly rateLimits: RateLimitOptions | false
  readonly logger: Logger
  /** Called with countable events. */
  readonly observe?: AccountObserver | undefined
}

/** Creates the account module from the configuration. */
export function createAccounts(options: AccountsOptions): AccountModule {
  const { config, database, mailer, publicUrl, rateLimits, logger } = options
  const identity = options.identity ?? createIdentity(config)
  return createAccountModule({
    db: database.db,
    schema: config.postgresSchema,
    mailer,
    secrets: accountSecrets(config),
    rateLimits,
    logger,
    resolver: createResolver(config, logger),
    ...withoutUndefined({ identity, tokens: options.tokens, observe: options.observe }),
    policy: {
      serviceDid: config.serviceDid,
      publicUrl,
      handleDomains: config.handleDomains,
      serviceName: config.serviceName,
      inviteRequired: config.inviteRequired,
      contact: withoutUndefined({
        privacyPolicy: config.privacyPolicyUrl,
        termsOfService: config.termsOfServiceUrl,
        email: config.contactEmail,
      }),
      reservedHandles: [...defaultReservedLabels, ...(config.reservedHandles ?? [])],
      reauthWindow: config.reauthWindow,
      deletionGrace: config.deletionGrace,
      handleHold: config.handleHold,
      accessTtl: config.accessTtl,
      refreshTtl: config.refreshTtl,
      refreshGrace: config.refreshGrace,
      sessionTtl: config.sessionTtl,
      resetTokenTtl: config.resetTokenTtl,
      bcryptCost: config.bcryptCost,
      publicationTimeoutMs: config.publicationTimeoutMs,
      ...(config.accountPagesEnabled && {
        mailPages: {
          ...ownerPagesAt(publicUrl),
          'password-reset': publicUrl + RESET_PASSWORD_PATH,
        },
      }),
      ...withoutUndefined({
        passwordResetUrl: config.passwordResetUrl,
        recoveryDidKey: config.recoveryDidKey,
        modServiceDid: config.modServiceDid,
        breachedPasswords: createBreachedPasswords(config, logger),
        hashingThreads: config.hashingThreads,
        hashingQueue: config.hashingQueue,
      }),
    },
  })
}

/**
 * Brings the schema up to date over the migration connection, and returns the names of the applied
 * migrations.
 *
 * @throws {DatabaseError} if the user lacks the right.
 */
export async function migrate(config: Config, database: Database): Promise<readonly string[]> {
  const { postgresSchema: schema, oauthEnabled, entrywayEnabled } = config
  try {
    const steps = [...(await migrateAccounts(database.migrations, { schema }))]
    if (oauthEnabled) {
      const { migrateOAuth } = await import('@lexwright/oauth')
      steps.push(...(await migrateOAuth(database.migrations, { schema })))
    }
    if (entrywayEnabled) {
      const { migrateEntryway } = await import('@lexwright/entryway')
      steps.push(...(await migrateEntryway(database.migrations, { schema })))
    }
    return steps
  } catch (cause) {
    throw isForbidden(cause) ? new DatabaseError(explainRights(schema, cause), { cause }) : cause
  }
}

/** True if the database user lacks the right. */
function isForbidden(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === '42501'
}

function explainRights(schema: string, { message }: Error): string {
  return `The database user may not migrate the schema ${schema} (${message}): grant it CREATE on the database, make it the owner of the schema, or set such a user in PDS_DB_POSTGRES_MIGRATION_URL.`
}

/** The PLC directory if configured; otherwise DIDs wait in the database. */
function createIdentity({ plcUrl, publicationTimeoutMs }: Config): IdentityProvider | undefined {
  if (plcUrl === undefined) return undefined
  // Time for the request, a lookup of its result, and a second request.
  return createPlcIdentity({ url: plcUrl, requestTimeoutMs: Math.ceil(publicationTimeoutMs / 3) })
}

/** Undefined unless the operator configures a service. */
function createBreachedPasswords(
  { breachedPasswordsUrl: url }: Config,
  logger: Logger,
): BreachedPasswords | undefined {
  return url === undefined ? undefined : createPwnedPasswords({ url, logger })
}

/** SMTP if a server is configured, otherwise files in the data directory. */
export function createMailer(config: Config, logger: Logger): Mailer {
  return config.smtpUrl === undefined
    ? createFileMailer({
        directory: mailDirectory(config),
        from: config.emailFrom,
        logger,
        clock: { now: () => new Date() },
      })
    : createSmtpMailer({ url: config.smtpUrl, from: config.emailFrom })
}

function accountSecrets(config: Config): AccountSecrets {
  const { secrets } = config
  return {
    jwtKeys: [secrets.jwtSecret, ...(config.jwtPreviousSecrets ?? [])].map(tokenKey),
    passwordPepper: secrets.passwordPepper,
    previousPasswordPeppers: config.passwordPreviousPeppers ?? [],
    tokenHmacKey: deriveKey(secrets.jwtSecret, 'lexwright reset codes'),
    keyEncryptionKey: Buffer.from(secrets.keyEncryptionKey, 'hex'),
    previousKeyEncryptionKeys: (config.keyEncryptionPreviousKeys ?? []).map((key) =>
      Buffer.from(key, 'hex'),
    ),
    plcRotationKey: createRotationKey(secrets.plcRotationKey),
    adminPassword: secrets.adminPassword,
  }
}

/**
 * The id is part of tokens. It is derived from the secret, so all processes use the same one, and
 * does not reveal it.
 */
function tokenKey(secret: string): TokenKey {
  return { kid: createHmac('sha256', secret).update('kid').digest('hex').slice(0, 8), secret }
}
