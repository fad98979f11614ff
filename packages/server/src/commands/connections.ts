import { MailError } from '@lexwright/account'
import type { Config } from '../config/load-config.ts'
import { publicUrlOf } from '../config/places.ts'
import { describeSecretProblem, secretSettingNames } from '../config/wrong-secrets.ts'
import { createAccounts, createMailer } from '../create-accounts.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Logger } from '../logging/logger.ts'
import { redisServerOf } from '../rate-limits/rate-limits.ts'
import { pingRedis } from '../rate-limits/redis-store.ts'
import { explainMailError } from './mail.ts'
import { isOtherSchema } from './with-accounts.ts'

/** A dependency of the service, and its problem if any. */
export interface Connection {
  readonly to: string
  readonly problem: string | null
}

const DIRECTORY_TIMEOUT_MS = 5_000

/** Tests every configured dependency, concurrently. */
export async function tryConnections(
  config: Config,
  logger: Logger,
): Promise<readonly Connection[]> {
  const { plcUrl, smtpUrl } = config
  const redis = redisServerOf(config)
  const attempts: readonly (readonly [to: string, attempt: Promise<unknown>])[] = [
    ...(plcUrl === undefined
      ? []
      : [['Connection to the DID directory', askDirectory(plcUrl)] as const]),
    ...(smtpUrl === undefined
      ? []
      : [['Connection to the mail server', askMailServer(config, logger)] as const]),
    ...(redis === undefined ? [] : [['Connection to Redis', pingRedis(redis)] as const]),
  ]
  const [ofDatabase, ...others] = await Promise.all([
    tryDatabase(config, logger),
    ...attempts.map(async ([to, attempt]) => ({
      to,
      problem: await attempt.then(() => null, describeProblem),
    })),
  ])
  return [...ofDatabase, ...others]
}

/** Opens the database, and compares the secrets with those used with it. */
async function tryDatabase(config: Config, logger: Logger): Promise<readonly Connection[]> {
  const to = 'Connection to the database'
  let database: Database
  try {
    database = await openDatabase(config, logger)
  } catch (error) {
    return [{ to, problem: describeProblem(error) }]
  }
  try {
    const problems = await compareSecrets(config, database, logger)
    return [
      { to, problem: null },
      { to: 'Secrets', problem: problems.join('; ') || null },
    ]
  } catch (error) {
    // A database that is empty or of another version has no secrets to compare.
    return [{ to, problem: isOtherSchema(error) ? null : describeProblem(error) }]
  } finally {
    await database.close()
  }
}

async function compareSecrets(
  config: Config,
  database: Database,
  logger: Logger,
): Promise<readonly string[]> {
  const mailer = createMailer(config, logger)
  const accounts = createAccounts({
    config,
    database,
    mailer,
    publicUrl: publicUrlOf(config, config.port),
    rateLimits: false,
    logger,
  })
  try {
    const reports = await accounts.operator.compareSecrets()
    return reports
      .filter(({ state }) => state === 'other')
      .map(({ name }) => `${secretSettingNames[name]} ${describeSecretProblem(name)}`)
  } finally {
    await accounts.stop()
    await mailer.close()
  }
}

async function askDirectory(url: string): Promise<void> {
  const response = await fetch(new URL('/_health', url), {
    signal: AbortSignal.timeout(DIRECTORY_TIMEOUT_MS),
  }).catch((error: Error) => {
    // The error itself only says that it failed.
    throw error.cause ?? error
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`it answered ${response.status}`)
}

async function askMailServer(config: Config, logger: Logger): Promise<void> {
  const mailer = createMailer(config, logger)
  try {
    await mailer.check()
  } finally {
    await mailer.close()
  }
}

function describeProblem(error: unknown): string {
  if (error instanceof MailError) return explainMailError(error)
  const { message } = error as { readonly message?: unknown }
  return typeof message === 'string' ? message : String(error)
}
