import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { percentile } from '../account/load.ts'
import { publish, table } from '../figures.ts'
import { openCalls } from '../scale/calls.ts'
import { databaseName, fillFolder } from '../scale/fill.ts'
import { findPeople, pickNumbers } from '../scale/people.ts'
import { databaseUrl, openFolder, startService, withClient } from '../scale/service.ts'
import { type Acted, act, type Call, PER_DAY } from './arrivals.ts'
import { openMailbox } from './mailbox.ts'
import { createWorld, HABITS, type World } from './mix.ts'
import { type Processors, readProcessors } from './processors.ts'

export const runsOnlyByName = true

const DAY_SECONDS = 24 * 60 * 60
/** Shares of the total time; the rest is for mails that arrive after each part. */
const DAY_SHARE = 0.75
const STEPS_SHARE = 0.16
/** Multiples of the mean rate. */
const STEPS = [1.5, 2, 2.5, 3, 4, 5, 6, 8]
const CONNECTIONS = 128

interface Subject {
  readonly people: number
  readonly world: World
  readonly watch: () => Promise<Watched>
}

/** A sample of the machine's state. */
interface Watched {
  readonly processors: Processors
  /** Passwords waiting for a thread. */
  readonly waiting: number
}

/**
 * A day of a million people on all cores of this machine: calls come at their rates in real time, while the curve of the
 * day passes in minutes. Then the rate rises step by step, until something is exhausted.
 *
 *     npm run bench day -- [--minutes=20] [--people=1000000] [--folder=DIRECTORY] [--only-fill]
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '20' },
      people: { type: 'string', default: '1000000' },
      folder: { type: 'string', default: join(tmpdir(), 'lexwright-scale') },
      'only-fill': { type: 'boolean', default: false },
    },
  })
  const { folder } = values
  const people = Number(values.people)
  const seconds = Number(values.minutes) * 60
  const filling = { accounts: people, historyEvery: 1 }
  await fillFolder(folder, [filling])
  if (values['only-fill']) return
  const postgres = await openFolder(folder, 'measuring')
  const mailbox = await openMailbox()
  try {
    const url = databaseUrl(postgres, databaseName(filling))
    const service = await startService(folder, url, {
      PDS_TRUSTED_PROXIES: '1',
      PDS_EMAIL_SMTP_URL: mailbox.url,
      PDS_EMAIL_FROM_ADDRESS: 'noreply@example.com',
    })
    const calls = openCalls(service.url, CONNECTIONS)
    const groups = await withClient(url, async (client) => {
      const pick = (rest: number) =>
        findPeople(client, pickNumbers(people, { count: 100_000, modulus: 10, rest }))
      return {
        present: await pick(3),
        loggingIn: await pick(4),
        forgetful: await pick(5),
        leaving: await pick(6),
      }
    })
    const watch = async (): Promise<Watched> => ({
      processors: await readProcessors(service.process.pid ?? 0, join(folder, 'postgres')),
      waiting: readWaiting((await calls.get('/metrics')).body),
    })
    const subject = { people, world: createWorld(groups, { calls, mailbox }), watch }
    const day = await measureDay(subject, seconds * DAY_SHARE)
    const steps = await measureSteps(subject, (seconds * STEPS_SHARE) / STEPS.length)
    await calls.close()
    await service.signal('SIGTERM')
    await publish('a-day', [...describeMix(people), '', ...day, '', ...steps], 'scaling.md')
  } finally {
    await mailbox.close()
    await postgres.stop()
  }
}

/** Quiet at night, busiest in the evening: 0.4 to 1.6 times the mean. */
function curve(shareOfDay: number): number {
  return 1 + 0.6 * Math.sin(2 * Math.PI * (shareOfDay - 0.55))
}

function meanRate(people: number): number {
  return (people * PER_DAY) / DAY_SECONDS
}

function describeMix(people: number): readonly string[] {
  return table(
    ['Habit', 'a day, each', 'a second, mean', 'reason'],
    HABITS.map(({ name, daily, reason }) => [
      name,
      daily >= 1 ? String(daily) : `1/${Math.round(1 / daily)}`,
      ((people * daily) / DAY_SECONDS).toFixed(3),
      reason,
    ]),
  )
}

async function measureDay({ people, world, watch }: Subject, seconds: number) {
  const rate = meanRate(people)
  const { done, began, shares, mostWaiting } = await observe(watch, () =>
    act(world, seconds, (second) => rate * curve(second / seconds)),
  )
  const isPeak = ({ dueAt }: Call) => curve((dueAt - began) / 1000 / seconds) > 1.5
  const names = [...new Set(done.map(({ name }) => name))]
  const rows = names.map((name) => {
    const all = done.filter((call) => call.name === name)
    const latencies = all.map(({ latency }) => latency)
    const atPeak = all.filter(isPeak).map(({ latency }) => latency)
    return [
      name,
      String(all.length),
      String(all.filter(({ status }) => status !== 200).length),
      ...[percentile(latencies, 0.5), percentile(latencies, 0.99), percentile(atPeak, 0.99)].map(
        milliseconds,
      ),
    ]
  })
  return [
    `${people.toLocaleString('en')} people, ${rate.toFixed(0)} habits a second on average, ${(rate * 1.6).toFixed(0)} at the peak; the day took ${(seconds / 60).toFixed(1)} minutes.`,
    '',
    ...table(['Call', 'calls', 'failed', 'median ms', 'p99 ms', 'p99 ms at the peak'], rows),
    '',
    `Processors, in percent of a core: ${describe(shares)}. At most ${mostWaiting} passwords waited.`,
  ]
}

async function measureSteps({ people, world, watch }: Subject, seconds: number) {
  const rate = meanRate(people)
  const rows: (readonly string[])[] = []
  for (const factor of STEPS) {
    const { done, began, shares, mostWaiting } = await observe(watch, () =>
      act(world, seconds, () => rate * factor),
    )
    const end = began + seconds * 1000
    const good = done.filter(({ status }) => status === 200)
    const tailOf = (name: string) =>
      milliseconds(
        percentile(
          good.filter((call) => call.name === name).map(({ latency }) => latency),
          0.99,
        ),
      )
    rows.push([
      `× ${factor}`,
      (rate * factor).toFixed(0),
      (good.filter(({ doneAt }) => doneAt < end).length / seconds).toFixed(0),
      String(done.length - good.length),
      tailOf('`refreshSession`'),
      tailOf('`getSession`'),
      tailOf('`createSession`'),
      String(mostWaiting),
      ...Object.values(shares).map((share) => `${Math.round(share * 100)}`),
    ])
    // Lets the queue drain, so that each step shows only its own.
    while ((await watch()).waiting > 0) await delay(1000)
  }
  return table(
    [
      'Rate',
      'asked/s',
      'answered/s',
      'failed',
      'p99 ms `refreshSession`',
      '`getSession`',
      '`createSession`',
      'passwords waiting',
      'server %',
      'hashing %',
      'postgres %',
      'generator %',
    ],
    rows,
  )
}

/** Empty without a value. */
function milliseconds(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(0)
}

/** Watches the machine during some work. */
async function observe(watch: Subject['watch'], work: () => Promise<Acted>) {
  const before = await watch()
  let mostWaiting = 0
  let isDone = false
  const watching = (async () => {
    while (!isDone) {
      mostWaiting = Math.max(mostWaiting, (await watch()).waiting)
      await delay(2000)
    }
  })()
  const { done, began, settled } = await work()
  const after = await watch()
  const took = (performance.now() - began) / 1000
  await settled()
  isDone = true
  await watching
  const share = (of: keyof Processors) => (after.processors[of] - before.processors[of]) / took
  const shares: Processors = {
    server: share('server'),
    hashing: share('hashing'),
    postgres: share('postgres'),
    generator: share('generator'),
  }
  return { done, began, shares, mostWaiting }
}

function describe(shares: Processors): string {
  return Object.entries(shares)
    .map(([name, share]) => `${name} ${Math.round(share * 100)}`)
    .join(', ')
}

function readWaiting(metrics: string): number {
  return Number(/^password_hashing\{state="waiting"\} (\d+)/m.exec(metrics)?.[1] ?? 0)
}
