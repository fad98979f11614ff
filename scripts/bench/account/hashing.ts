import { setTimeout as delay } from 'node:timers/promises'
import { createPasswordHasher } from '../../../packages/account/src/crypto/password-hasher.ts'
import { median, percentile } from './load.ts'
import { beginSession, logIn, perSecond, signUp } from './passwords.ts'
import { type Server, startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

/** bcrypt's default cost in this project. */
export const COST = 12
const ROUNDS = 3
const PASSWORDS = 16
const PACE_MS = 10
const IDLE_SECONDS = 8

/** Throughput of sign-ups and logins compared with the hash alone, and their effect on `get`. */
export async function benchHashing(database: SeededDatabase): Promise<void> {
  const server = await startOurs(database)
  const rounds: Record<'alone' | 'create' | 'login' | 'today', number>[] = []
  const idle = await latencies(server, database.tokens, delay(IDLE_SECONDS * 1000))
  const busy: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await hashesPerSecond()
    const create = perSecond(PASSWORDS, (n) => signUp(server, `r${round}n${n}`))
    busy.push(...(await latencies(server, database.tokens, create)))
    const login = perSecond(PASSWORDS, (n) => logIn(server, `r${round}n${n}`))
    busy.push(...(await latencies(server, database.tokens, login)))
    const today = perSecond(PASSWORDS, (n) => beginSession(server, `r${round}n${n}`))
    busy.push(...(await latencies(server, database.tokens, today)))
    rounds.push({ alone, create: await create, login: await login, today: await today })
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
    ['`session.create`', 'login'],
    ['`createSession` of today', 'today'],
  ] as const) {
    const rate = median(rounds.map((round) => round[key]))
    row(name, rate, median(rounds.map((round) => round[key] / round.alone)))
  }
  const quiet = percentile(idle, 0.99)
  const loud = percentile(busy, 0.99)
  console.log(
    `\np99 of \`get\`: ${quiet.toFixed(1)} ms idle, ${loud.toFixed(1)} ms meanwhile, ${(loud / quiet).toFixed(1)} times.`,
  )
  console.log('\nTarget: 90 % (95 % for `createSession`), and 3 times.\n')
}

/** The hash alone, on as many threads as the server uses. */
export async function hashesPerSecond(): Promise<number> {
  const hasher = createPasswordHasher({ pepper: 'x'.repeat(32), cost: COST })
  await hasher.hash('warm', null)
  const rate = await perSecond(PASSWORDS, (n) => hasher.hash(`password ${n}`, null))
  await hasher.close()
  return rate
}

/** Latencies of `get`, called at a fixed rate whether or not earlier calls are answered, until a promise settles. */
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
