/**
 * Fails PostgreSQL over while people sign up, post, move, change their handles and delete their accounts at an entryway
 * of two processes in front of two official PDSes. Checks that everything answered holds, and that nothing is left over.
 *
 *     node --conditions=@lexwright/source scripts/checks/entryway-fail-over.ts
 *
 * Needs the programs of PostgreSQL (Debian: `postgresql`), found through `POSTGRES_BIN` or in /usr/lib/postgresql.
 */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { createCalls } from './cluster/calls.ts'
import { figuresOf, tableOf } from './cluster/figures.ts'
import { startReplicatedPostgres } from './cluster/replicated-postgres.ts'
import { openEntrywayWorld } from './crash/entryway-world.ts'
import { NO_LEFTOVERS } from './crash/leftovers.ts'
import { expectWritten, post, write } from './crash/written.ts'

/** People at the entryway at the same time. */
const CONCURRENCY = 8
const BEFORE_MS = 15_000
const AFTER_MS = 15_000
/** Longer than the lease of a move by a process that has lost the database, in milliseconds. */
const PATIENCE_MS = 180_000

const postgres = await startReplicatedPostgres()
if (postgres === undefined) process.exit(0)
const world = await openEntrywayWorld(postgres.url)
const programs = [await world.start(), await world.start()]
const calls = createCalls(() => programs.map(({ url }) => url))

interface Person {
  readonly did: string
  /** The present handle, without `.test`. */
  readonly name: string
  readonly isDeleted: boolean
}

/** Takes an account through its life; every step is answered in the end. */
async function live(number: number): Promise<Person> {
  const name = `person-${number}`
  await insist('server.createAccount', {
    body: { handle: `${name}.test`, email: `${name}@example.com`, password: world.password },
    isDone: 'InvalidRequest',
  })
  const first = await repeat(() => world.logIn(name))
  const { did } = first
  const from = await repeat(() => world.entryway.hosts.byAccount(did))
  const [a, b] = world.hosts
  const [here, there] = from?.did === a.did ? [a, b] : [b, a]
  await write(here, first)
  await repeat(() => world.entryway.moves.move(did, there.did))
  const second = await repeat(() => world.logIn(name))
  await post(there, second)
  const body = { handle: `${name}-new.test` }
  await insist('identity.updateHandle', { body, token: second.accessJwt })
  const isDeleted = number % 3 === 0
  if (isDeleted) await insist('account.delete', { body: {}, token: second.accessJwt, isDone: '' })
  return { did, name: `${name}-new`, isDeleted }
}

/**
 * Repeats a call until it is answered.
 *
 * @param call.isDone the error of a call that had succeeded without an answer; any if empty.
 */
async function insist(
  nsid: string,
  { isDone, ...call }: { body: object; token?: string; isDone?: string },
): Promise<void> {
  const { status, body, isRepeated } = await calls.insist(nsid, call)
  const wasDone = isRepeated && isDone !== undefined && (isDone === '' || body.error === isDone)
  assert.ok(status === 200 || wasDone, `${nsid} answered ${status} ${body.error} ${body.message}`)
}

/** Repeats an action of this process, as an operator would. */
async function repeat<Result>(action: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await action()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await delay(200)
    }
  }
}

const people: Person[] = []
let isOver = false
let next = 0
const lines = Promise.all(
  Array.from({ length: CONCURRENCY }, async () => {
    while (!isOver) people.push(await live(next++))
  }),
)
// Reported below.
lines.catch(() => {})
await delay(BEFORE_MS)
const outages = [await postgres.failOver()]
await delay(AFTER_MS)
isOver = true
await lines
await world.settle()

for (const { did, name, isDeleted } of people) {
  if (isDeleted) {
    const { status } = await world.accounts.operator.showAccount(did)
    assert.equal(status, 'deleted', name)
    continue
  }
  const whole = await world.findWhole(name)
  assert.equal(whole.did, did)
  const session = await world.logIn(name)
  await expectWritten(world, { host: whole.host, session, posts: 2 })
}
assert.deepEqual(await world.findLeftovers(), NO_LEFTOVERS)
const wrong = calls.answers.filter(({ status = 0 }) => status >= 500 && status !== 503)
assert.deepEqual(wrong, [])
const event = 'primary killed, replica promoted'
console.log(tableOf([figuresOf({ event, answers: calls.answers, outages, killed: [] })]))
console.log(`accounts: ${people.length}`)
for (const program of programs) assert.equal(await program.signal('SIGTERM'), 0, program.said())
await world.close()
await postgres.close()
