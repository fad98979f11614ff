import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from '@jest/globals'
import { MailError, type MailMessage } from './mailer.ts'
import type { OutboxFailure, OutboxJob, OutboxPort, PreparedMail } from './outbox-port.ts'
import { createOutboxWorker, type OutboxWorker, type OutboxWorkerOptions } from './outbox-worker.ts'

const MAIL: PreparedMail = {
  id: '7b2c6a0e-4f7d-4a7e-9a52-3c1f8f0b6d11',
  to: 'alice@example.com',
  content: {
    kind: 'password-reset',
    handle: 'alice.test',
    code: 'abcde-fghij',
    expiresInSeconds: 600,
  },
}

/** An outbox in memory, with due jobs and their outcomes. */
class MemoryOutbox implements OutboxPort {
  readonly due: OutboxJob[] = []
  readonly outcomes: (readonly [id: string, outcome: 'sent' | OutboxFailure])[] = []
  readonly claims: number[] = []
  claimError: Error | undefined
  prepared: (job: OutboxJob) => Promise<PreparedMail | null> = async ({ id }) => ({ ...MAIL, id })

  add(...ids: readonly string[]): void {
    this.due.push(...ids.map((id) => ({ id, kind: 'password-reset' as const, attempts: 1 })))
  }

  async claim(limit: number): Promise<readonly OutboxJob[]> {
    this.claims.push(limit)
    if (this.claimError !== undefined) throw this.claimError
    return this.due.splice(0, limit)
  }

  prepare(job: OutboxJob): Promise<PreparedMail | null> {
    return this.prepared(job)
  }

  async succeed({ id }: OutboxJob): Promise<void> {
    this.outcomes.push([id, 'sent'])
  }

  async fail({ id }: OutboxJob, failure: OutboxFailure): Promise<void> {
    this.outcomes.push([id, failure])
  }
}

const workers: OutboxWorker[] = []
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.stop())))

function setup(
  send: (message: MailMessage) => Promise<void> = async () => {},
  options: Partial<OutboxWorkerOptions> = {},
) {
  const outbox = new MemoryOutbox()
  const sent: MailMessage[] = []
  const logged: unknown[] = []
  const log = (...entry: unknown[]) => void logged.push(entry)
  const worker = createOutboxWorker({
    outbox,
    mailer: {
      send: async (message) => {
        await send(message)
        sent.push(message)
      },
    },
    settings: { serviceName: 'pds.test' },
    logger: { info: log, warn: log },
    ...options,
  })
  workers.push(worker)
  return { outbox, sent, logged, worker }
}

async function until(condition: () => boolean): Promise<void> {
  for (const started = performance.now(); !condition(); await delay(2)) {
    if (performance.now() - started > 60_000) throw new Error('waited for too long')
  }
}

describe('createOutboxWorker', () => {
  it('claims, prepares, sends and reports', async () => {
    const { outbox, sent, worker } = setup()
    outbox.add('one')
    expect(await worker.runOnce()).toBe(1)
    expect(sent).toEqual([
      {
        id: 'one',
        to: 'alice@example.com',
        subject: 'Reset your pds.test password',
        text: expect.stringContaining('abcde-fghij'),
        html: expect.stringContaining('abcde-fghij'),
      },
    ])
    expect(outbox.outcomes).toEqual([['one', 'sent']])
    expect(await worker.runOnce()).toBe(0)
  })

  it('sends nothing for an obsolete mail', async () => {
    const { outbox, sent, worker } = setup()
    outbox.prepared = async () => null
    outbox.add('moot')
    await worker.runOnce()
    expect(sent).toEqual([])
    expect(outbox.outcomes).toEqual([['moot', 'sent']])
  })

  it.each([true, false])('reports if a failure is permanent: %s', async (permanent) => {
    const error = new MailError('refused', { permanent, cause: new Error('550 alice@example.com') })
    const { outbox, logged, worker } = setup(() => Promise.reject(error))
    outbox.add('bad')
    await worker.runOnce()
    expect(outbox.outcomes).toEqual([['bad', { error, permanent }]])
    expect(JSON.stringify(logged)).not.toMatch(/alice|abcde/)
  })

  it('reports a failed preparation as temporary', async () => {
    const { outbox, worker } = setup()
    const error = new Error('database is away')
    outbox.prepared = () => Promise.reject(error)
    outbox.add('later')
    await worker.runOnce()
    expect(outbox.outcomes).toEqual([['later', { error, permanent: false }]])
  })

  it('does not report a sent mail as failed when success cannot be stored', async () => {
    const { outbox, logged, worker } = setup()
    outbox.succeed = () => Promise.reject(new Error('database is away'))
    outbox.add('sent')
    await worker.runOnce()
    expect(outbox.outcomes).toEqual([])
    expect(JSON.stringify(logged)).toContain('outcome of a mail could not be stored')
  })

  it('aborts an attempt that hangs', async () => {
    const { outbox, worker } = setup(() => new Promise(() => {}), { sendTimeout: 20 })
    outbox.add('hung')
    await worker.runOnce()
    expect(outbox.outcomes).toMatchObject([['hung', { permanent: false }]])
  })

  it('works in the background, within the limit of concurrent mails', async () => {
    let under = 0
    let most = 0
    const { outbox, worker } = setup(
      async () => {
        most = Math.max(most, ++under)
        await delay(5)
        under--
      },
      { concurrency: 3, pollInterval: 60_000 },
    )
    outbox.add(...Array.from({ length: 20 }, (_, i) => String(i)))
    worker.start()
    await until(() => outbox.outcomes.length === 20)
    expect(most).toBe(3)
    expect(Math.max(...outbox.claims)).toBe(3)
  })

  it('sends other mails while one hangs', async () => {
    const hung = Promise.withResolvers<void>()
    const { outbox, worker } = setup(
      ({ id }) => (id === 'hung' ? hung.promise : Promise.resolve()),
      { concurrency: 2, sendTimeout: 120_000, pollInterval: 60_000 },
    )
    outbox.add('hung', 'a', 'b', 'c')
    worker.start()
    await until(() => outbox.outcomes.length === 3)
    expect(outbox.outcomes.map(([id]) => id)).toEqual(['a', 'b', 'c'])
    hung.resolve()
  })

  it('claims again at every poll', async () => {
    const polling = setup(undefined, { pollInterval: 10 })
    polling.worker.start()
    await until(() => polling.outbox.claims.length > 2)
    polling.outbox.add('polled')
    await until(() => polling.sent.length === 1)
  })

  it('survives an outbox that cannot be read, and logs it once', async () => {
    const { outbox, sent, logged, worker } = setup(undefined, { pollInterval: 5 })
    outbox.claimError = new Error('database is away')
    worker.start()
    await until(() => outbox.claims.length > 3)
    outbox.add('patient')
    outbox.claimError = undefined
    await until(() => sent.length === 1)
    expect(JSON.stringify(logged).match(/cannot be read/g)).toHaveLength(1)
  })

  it('finishes current mails when it stops, and claims no more', async () => {
    const { outbox, sent, worker } = setup(() => delay(50), { concurrency: 1, pollInterval: 5 })
    outbox.add('under way', 'left alone')
    worker.start()
    await until(() => outbox.claims.length > 0)
    await worker.stop()
    expect(sent.map(({ id }) => id)).toEqual(['under way'])
    expect(outbox.due).toHaveLength(1)
    await worker.stop()
  })

  it('stops at once between polls or before its start', async () => {
    const asleep = setup(undefined, { pollInterval: 3_600_000 })
    asleep.worker.start()
    await until(() => asleep.outbox.claims.length === 1)
    await asleep.worker.stop()
    await setup().worker.stop()
  })
})
