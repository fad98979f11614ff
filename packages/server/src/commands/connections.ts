import { MailError } from '@lexwright/account'
import type { Config } from '../config/load-config.ts'
import { createMailer } from '../create-accounts.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Logger } from '../logging/logger.ts'
import { redisServerOf } from '../rate-limits/rate-limits.ts'
import { pingRedis } from '../rate-limits/redis-store.ts'
import { explainMailError } from './mail.ts'

/** Something the service depends on, and what is wrong with it. */
export interface Connection {
  readonly to: string
  readonly problem: string | null
}

const DIRECTORY_TIMEOUT_MS = 5_000

/** Tries everything that the configuration names, all at once. */
export async function tryConnections(
  config: Config,
  logger: Logger,
): Promise<readonly Connection[]> {
  const { plcUrl, smtpUrl } = config
  const redis = redisServerOf(config)
  const attempts: readonly (readonly [to: string, attempt: Promise<unknown>])[] = [
    ['Connection to the database', openAndClose(config, logger)],
    ...(plcUrl === undefined
      ? []
      : [['Connection to the DID directory', askDirectory(plcUrl)] as const]),
    ...(smtpUrl === undefined
      ? []
      : [['Connection to the mail server', askMailServer(config, logger)] as const]),
    ...(redis === undefined ? [] : [['Connection to Redis', pingRedis(redis)] as const]),
  ]
  return await Promise.all(
    attempts.map(async ([to, attempt]) => ({
      to,
      problem: await attempt.then(() => null, describeProblem),
    })),
  )
}

async function openAndClose(config: Config, logger: Logger): Promise<void> {
  const database = await openDatabase(config, logger)
  await database.close()
}

async function askDirectory(url: string): Promise<void> {
  const response = await fetch(new URL('/_health', url), {
    signal: AbortSignal.timeout(DIRECTORY_TIMEOUT_MS),
  }).catch((error: Error) => {
    // By itself it only says that it failed.
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
