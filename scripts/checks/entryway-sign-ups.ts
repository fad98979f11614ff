/**
 * Signs up a thousand accounts at an entryway in front of two official PDSes, eight at a time, while requests to the
 * PDSes and the directory are lost and PDSes are killed, and then one at each point where an entryway is killed. Checks that
 * no name, invite, account, DID or repository is left over.
 *
 *     node --conditions=@lexwright/source scripts/checks/entryway-sign-ups.ts [people]
 */
import assert from 'node:assert/strict'
import type { FaultPoint } from '@lexwright/testing/accounts/fault-points'
import type { HttpFault } from '@lexwright/testing/network/http-fault-proxy'
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { isCreationOrRemoval, openEntrywayWorld } from './crash/entryway-world.ts'
import { NO_LEFTOVERS } from './crash/leftovers.ts'

const PEOPLE = Number(process.argv[2] ?? 1_000)
const AT_ONCE = 8
/** One in this many requests fails, and a PDS is killed during one in this many sign-ups. */
const FAULTY = 10
const DEADLY = 150

const points: readonly FaultPoint[] = [
  'create:reserved',
  'create:published',
  'create:activating',
  'create:activated',
]
const faults: readonly HttpFault[] = ['drop-before', 'drop-after', { status: 500 }, { status: 502 }]

function pickFaults(count: number): readonly HttpFault[] {
  return Array.from({ length: count }, () =>
    Math.random() * FAULTY < 1
      ? (faults[Math.floor(Math.random() * faults.length)] ?? 'pass')
      : 'pass',
  )
}

const postgres = await startPostgres()
const world = await openEntrywayWorld(postgres.url)
try {
  for (const { proxy } of world.hosts) proxy.fail(pickFaults(PEOPLE), isCreationOrRemoval)
  world.plc.fail(pickFaults(PEOPLE), (request) => request.startsWith('POST'))
  let next = 0
  let answered = 0
  const invites: string[] = []
  for (let number = 0; number < PEOPLE; number++) {
    invites.push(
      await world.accounts.operator.createInviteCode({ useCount: 1, createdBy: 'check' }),
    )
  }
  const signUp = (number: number) => world.signUp(`person-${number}`, invites[number])
  const signUpInTurn = async (): Promise<void> => {
    while (next < PEOPLE) {
      const number = next++
      const isAnswered = await signUp(number).then(
        () => true,
        () => false,
      )
      if (isAnswered) answered++
      if (number % DEADLY !== DEADLY - 1) continue
      const { pds } = world.hosts[Math.floor(number / DEADLY) % 2] ?? world.hosts[0]
      await pds.kill()
      await pds.start()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, signUpInTurn))
  const before = await world.countAccounts()
  for (const { proxy } of world.hosts) proxy.fail('pass')
  world.plc.fail('pass')
  await world.settle()
  const accounts = await world.countAccounts()
  // A sign-up that could not be reserved is retried, as a user would do.
  for (let number = 0; number < PEOPLE; number++) {
    await signUp(number).catch(() => {})
  }
  const after = await world.countAccounts()
  console.log(
    `${PEOPLE} people: ${answered} answered at once; then ${JSON.stringify(before)}, settled ${JSON.stringify(accounts)}, asked again ${JSON.stringify(after)}`,
  )
  assert.deepEqual(after, { active: PEOPLE })
  for (const [number, point] of points.entries()) {
    const name = `killed-${number}`
    await world.crash(point, name)
    await world.settle()
    await world.findWhole(name)
  }
  const left = await world.findLeftovers()
  console.log(`left over: ${JSON.stringify(left, undefined, 2)}`)
  assert.deepEqual(left, NO_LEFTOVERS)
  const all = PEOPLE + points.length
  assert.equal(await world.countDids(), all, 'DIDs')
  assert.equal(await world.countRepositories(), all, 'repositories')
} finally {
  await world.close()
  await postgres.stop()
}
