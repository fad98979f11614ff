/**
 * Kills the real program with SIGKILL during sign-ups, restarts it, and checks that every confirmed account
 * exists, until a thousand sign-ups have been made.
 *
 *     node --conditions=@lexwright/source scripts/checks/kill-during-signups.ts
 */
import { AtpBaseClient } from '@lexwright/generated/client'
import { type Program, startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'

const SIGNUPS = 1_000
const PER_ROUND = 100
const PASSWORD = 'correct horse battery'

const data = await temporaryDirectory()
const start = () =>
  startProgram({
    dataDirectory: data.path,
    // The database is checked; bcrypt would only slow it down, and limits would stop the thousand.
    env: { PDS_PASSWORD_HASH_COST: '4', PDS_RATE_LIMITS_ENABLED: 'false' },
  })

/** Confirmed accounts, with their tokens. */
const answered = new Map<string, string>()

async function signUp({ url }: Program, name: string): Promise<void> {
  const { data: created } = await new AtpBaseClient(url).com.atproto.account.create({
    handle: `${name}.test`,
    email: `${name}@example.com`,
    password: PASSWORD,
  })
  answered.set(created.handle, created.accessJwt)
}

/** Starts many sign-ups at once and kills the program after a random share of answers. */
async function round(program: Program, number: number): Promise<void> {
  const before = answered.size
  const share = Math.floor(Math.random() * PER_ROUND)
  const signUps = Array.from({ length: PER_ROUND }, async (_, i) => {
    await signUp(program, `crash-${number}-${i}`)
    if (answered.size - before >= share) program.process.kill('SIGKILL')
  })
  await Promise.allSettled(signUps)
  await program.signal('SIGKILL')
}

/** Confirmed accounts that do not exist. */
async function missing({ url }: Program): Promise<readonly string[]> {
  const lost: string[] = []
  for (const [handle, token] of answered) {
    const headers = { authorization: `Bearer ${token}` }
    const found = await new AtpBaseClient(url).com.atproto.account
      .get(undefined, { headers })
      .then(({ data: account }) => account.handle === handle && account.status === 'active')
      .catch(() => false)
    if (!found) lost.push(handle)
  }
  return lost
}

try {
  let made = 0
  for (let number = 0; made < SIGNUPS; number++, made += PER_ROUND) {
    await round(await start(), number)
  }
  const program = await start()
  const lost = await missing(program)
  await program.signal('SIGTERM')
  console.log(
    `${made} sign-ups in ${made / PER_ROUND} lives: ${answered.size} answered, ${lost.length} of them lost`,
  )
  for (const handle of lost) console.log(`lost: ${handle}`)
  process.exitCode = lost.length === 0 ? 0 : 1
} finally {
  await data.remove()
}
