/**
 * Measures how much password hashing slows down everything else: `GET /xrpc/_health` of the real program
 * while idle, and while 50 sign-ups are hashed, several times. Fails if the 99th percentile is typically
 * more than three times as high. `PDS_…` variables configure the program.
 *
 *     npm run bench hashing
 */
import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { AtpBaseClient } from '@lexwright/generated/client'
import { startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'

const ROUNDS = 3
const SIGNUPS = 50
const INTERVAL_MS = 5
const IDLE_SAMPLES = 2_000
const TARGET = 3

const agent = new Agent({ keepAlive: true, maxSockets: 20 })

/** One request, in milliseconds. */
function measure(url: string): Promise<number> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    get(`${url}/xrpc/_health`, { agent }, (response) => {
      response.resume()
      response.once('end', () => resolve(performance.now() - started))
    }).once('error', reject)
  })
}

/**
 * Sends requests at a fixed rate, whether or not earlier ones are answered, so that a stall affects all
 * requests it delays.
 */
async function sample(url: string, goOn: (taken: number) => boolean): Promise<number[]> {
  const answers: Promise<number>[] = []
  const started = performance.now()
  while (goOn(answers.length)) {
    answers.push(measure(url))
    await delay(Math.max(0, started + answers.length * INTERVAL_MS - performance.now()))
  }
  return (await Promise.all(answers)).sort((a, b) => a - b)
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function report(title: string, sorted: readonly number[]): void {
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile(sorted, share).toFixed(2))
  console.log(
    `${title.padEnd(24)} ${sorted.length} requests  p50 ${p50} ms  p99 ${p99} ms  max ${most} ms`,
  )
}

/** One comparison; returns the ratio of the 99th percentiles. */
async function compare(url: string, round: number): Promise<number> {
  const idle = await sample(url, (taken) => taken < IDLE_SAMPLES)
  report('idle', idle)

  const started = performance.now()
  let done = 0
  const signups = Array.from({ length: SIGNUPS }, async (_, i) => {
    await signUp(url, `r${round}-${i}`)
    done += 1
  })
  const busy = await sample(url, () => done < SIGNUPS)
  await Promise.all(signups)
  const seconds = (performance.now() - started) / 1000
  report(`during ${SIGNUPS} sign-ups`, busy)

  const ratio = percentile(busy, 0.99) / percentile(idle, 0.99)
  console.log(
    `p99 ${ratio.toFixed(2)} times as high, ${(SIGNUPS / seconds).toFixed(1)} sign-ups/s\n`,
  )
  return ratio
}

async function signUp(url: string, name: string): Promise<void> {
  await new AtpBaseClient(url).com.atproto.account.create({
    handle: `bench-${name}.test`,
    email: `bench-${name}@example.com`,
    password: `a password of ${name}`,
  })
}

/** Measures and prints; sets the exit code if the target is missed. */
export async function run(): Promise<void> {
  const data = await temporaryDirectory()
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[0].startsWith('PDS_') && entry[1] !== undefined,
    ),
  )
  const program = await startProgram({
    dataDirectory: data.path,
    // All sign-ups come from one address.
    env: { PDS_RATE_LIMITS_ENABLED: 'false', ...env },
  })
  try {
    // Warms up: code compiled, connections open, threads running.
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => signUp(program.url, `warm-${name}`)))
    await sample(program.url, (taken) => taken < 500)
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round++) ratios.push(await compare(program.url, round))
    const typical = ratios.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN
    console.log(`typically ${typical.toFixed(2)} times as high (target: at most ${TARGET})`)
    process.exitCode = typical <= TARGET ? 0 : 1
  } finally {
    agent.destroy()
    await program.signal('SIGTERM')
    await data.remove()
  }
}
