import { setTimeout as delay } from 'node:timers/promises'
import { spread } from '../jobs/backoff.ts'
import { type AccountMailer, deliver as handOver } from './account-mail.ts'
import { MailError } from './mailer.ts'
import type { OutboxFailure, OutboxJob, OutboxPort } from './outbox-port.ts'
import type { MailSettings } from './templates/settings.ts'

/** The part of pino that the worker uses. */
export interface OutboxLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface OutboxWorkerOptions {
  readonly outbox: OutboxPort
  readonly mailer: AccountMailer
  readonly settings: MailSettings
  readonly logger: OutboxLogger
  /** Maximum concurrent mails; 4 by default. */
  readonly concurrency?: number
  /** Poll interval in milliseconds, with a quarter of jitter; 3000 by default. */
  readonly pollInterval?: number
  /** Timeout of an attempt in milliseconds; 60000 by default. */
  readonly sendTimeout?: number
}

/**
 * Sends the mails of the outbox, at least once and several at a time; a slow or failing mail holds
 * up no other. It polls and cannot be woken: mail sent at once would slow the next call down and so
 * reveal to the caller that the account exists.
 */
export interface OutboxWorker {
  start(): void
  /** Stops claiming; resolves when current mails are done (each within `sendTimeout`). */
  stop(): Promise<void>
  /** Claims and sends one batch; returns its size. For tests and one-off commands. */
  runOnce(): Promise<number>
}

export function createOutboxWorker(options: OutboxWorkerOptions): OutboxWorker {
  const { outbox, logger } = options
  const concurrency = options.concurrency ?? 4
  const pollInterval = options.pollInterval ?? 3_000
  const sendTimeout = options.sendTimeout ?? 60_000

  const underWay = new Set<Promise<void>>()
  let loop: Promise<void> | undefined
  const stopped = Promise.withResolvers<void>()
  let stopping = false

  async function work(job: OutboxJob): Promise<void> {
    const failure = await within(sendTimeout, deliver(job, options)).then(
      () => undefined,
      toFailure,
    )
    if (failure === undefined) return await outbox.succeed(job)
    const { error, permanent } = failure
    logger.warn({ job: describeJob(job), error: describeError(error), permanent }, 'mail not sent')
    await outbox.fail(job, failure)
  }

  /**
   * Starts a job; the promise never rejects. A job whose outcome cannot be stored is claimed again
   * when its lease ends.
   */
  function begin(job: OutboxJob): Promise<void> {
    const running = work(job)
      .catch((error: unknown) => {
        logger.warn(
          { job: describeJob(job), error: describeError(error) },
          'outcome of a mail could not be stored',
        )
      })
      .finally(() => underWay.delete(running))
    underWay.add(running)
    return running
  }

  async function claim(): Promise<readonly OutboxJob[]> {
    const free = concurrency - underWay.size
    return free > 0 ? await outbox.claim(free) : []
  }

  async function run(): Promise<void> {
    let reachable = true
    while (!stopping) {
      let claimed = 0
      try {
        const jobs = await claim()
        claimed = jobs.length
        for (const job of jobs) void begin(job)
        reachable = true
      } catch (error) {
        // Logged once per outage, not once per poll.
        if (reachable) logger.warn({ error: describeError(error) }, 'outbox cannot be read')
        reachable = false
      }
      const full = underWay.size >= concurrency
      if (claimed === 0 || full) await pause(full)
    }
  }

  /** Waits until the next poll is due or, if full, until a job has ended. */
  async function pause(full: boolean): Promise<void> {
    const timer = new AbortController()
    await Promise.race([
      delay(spread(pollInterval), undefined, { signal: timer.signal, ref: false }).catch(() => {}),
      stopped.promise,
      ...(full ? underWay : []),
    ])
    timer.abort()
  }

  return {
    start: () => {
      if (stopping) throw new Error('an outbox worker can only be started once')
      loop ??= run()
    },
    stop: async () => {
      stopping = true
      stopped.resolve()
      await loop
      await Promise.all(underWay)
    },
    runOnce: async () => {
      const jobs = await claim()
      await Promise.all(jobs.map(begin))
      return jobs.length
    },
  }
}

async function deliver(job: OutboxJob, options: OutboxWorkerOptions): Promise<void> {
  const mail = await options.outbox.prepare(job)
  if (mail === null) return
  await handOver(options.mailer, mail, options.settings)
}

async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  const timer = new AbortController()
  const timeout = delay(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new MailError(`the mail was not accepted within ${milliseconds} ms`, {
      permanent: false,
    })
  })
  try {
    await Promise.race([promise, timeout])
  } finally {
    timer.abort()
    timeout.catch(() => {})
  }
}

function toFailure(cause: unknown): OutboxFailure {
  const error = cause instanceof Error ? cause : new Error('the mail failed', { cause })
  return { error, permanent: error instanceof MailError && error.permanent }
}

function describeJob({ id, kind, attempts }: OutboxJob): OutboxJob {
  return { id, kind, attempts }
}

/** An error without its causes: mail servers and databases quote the data they refuse. */
function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error'
}
