import { setTimeout as delay } from 'node:timers/promises'
import { AtpBaseClient } from '@lexwright/generated/client'
import { createPasswordHasher } from '../../../packages/account/src/crypto/password-hasher.ts'
import { median, percentile } from './load.ts'
import { type Server, startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

/** bcrypt's default cost here, and what the program uses. */
const COST = 12
const ROUNDS = 3
const PASSWORDS = 16
/** At once, so that no thread waits for work. */
const CALLERS = 8
const PACE_MS = 10
const IDLE_SECONDS = 8

/** How many sign-ups and logins are served beside hashing and nothing else, and what `get` feels of them. */
export async function benchHashing(database: SeededDatabase): Promise<void> {
  const server = await startOurs(database, { PDS_DB_POSTGRES_PREPARED_STATEMENTS: 'true' })
  const rounds: { alone: number; create: number; logIn: number }[] = []
  const idle = await latencies(server, database.tokens, delay(IDLE_SECONDS * 1000))
  const busy: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await hashesPerSecond()
    const create = perSecond((n) => signUp(server, `r${round}n${n}`))
    busy.push(...(await latencies(server, database.tokens, create)))
    const logIn = perSecond((n) => logInAs(server, `r${round}n${n}`))
    busy.push(...(await latencies(server, database.tokens, logIn)))
    rounds.push({ alone, create: await create, logIn: await logIn })
  }
  await server.stop()

  const alone = median(rounds.map((round) => round.alone))
  const row = (name: string, rate: number, share: number) =>
    console.log(`| ${name} | ${rate.toFixed(2)} | ${Math.round(share * 100)} % |`)
  console.log(`### Passwords, bcrypt at cost ${COST}\n`)
  console.log('| | per second | of the hash alone |')
  console.log('|---|---:|---:|')
  row('the hash alone, on as many threads', alone, 1)
  for (const [name, key] of [
    ['`create`', 'create'],
    ['`session.create`', 'logIn'],
  ] as const) {
    const rate = median(rounds.map((round) => round[key]))
    row(name, rate, median(rounds.map((round) => round[key] / round.alone)))
  }
  const quiet = percentile(idle, 0.99)
  const loud = percentile(busy, 0.99)
  console.log(
    `\np99 of \`get\`: ${quiet.toFixed(1)} ms idle, ${loud.toFixed(1)} ms meanwhile, ${(loud / quiet).toFixed(1)} times.`,
  )
  console.log('\nTarget: 90 %, and 3 times.\n')
}

async function hashesPerSecond(): Promise<number> {
  const hasher = createPasswordHasher({ pepper: 'x'.repeat(32), cost: COST })
  await hasher.hash('warm')
  const rate = await perSecond((n) => hasher.hash(`password ${n}`))
  await hasher.close()
  return rate
}

/** Does it so many times, some at once, and answers how many a second that were. */
async function perSecond(task: (n: number) => Promise<unknown>): Promise<number> {
  const started = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < PASSWORDS) await task(next++)
    }),
  )
  return (PASSWORDS * 1000) / (performance.now() - started)
}

const password = 'correct horse battery'

function signUp({ url }: Server, name: string): Promise<unknown> {
  return new AtpBaseClient(url).com.atproto.account.create({
    handle: `${name}.test`,
    email: `${name}@example.com`,
    password,
  })
}

function logInAs({ url }: Server, name: string): Promise<unknown> {
  return new AtpBaseClient(url).com.atproto.session.create({ handle: `${name}.test`, password })
}

/** How long calls of `get` take, asked at a steady pace whether or not they are answered, until something is done. */
async function latencies(
  { url }: Server,
  tokens: readonly string[],
  until: Promise<unknown>,
): Promise<readonly number[]> {
  let done = false
  void until.finally(() => {
    done = true
  })
  const answers: Promise<number>[] = []
  const started = performance.now()
  while (!done) {
    answers.push(timed(url, tokens[answers.length % tokens.length] ?? ''))
    await delay(Math.max(0, started + answers.length * PACE_MS - performance.now()))
  }
  return await Promise.all(answers)
}

async function timed(url: string, token: string): Promise<number> {
  const started = performance.now()
  const response = await fetch(`${url}/xrpc/com.atproto.account.get`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await response.arrayBuffer()
  if (response.status !== 200) throw new Error(`get was answered with ${response.status}`)
  return performance.now() - started
}
