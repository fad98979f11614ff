/**
 * A Patroni cluster under four servers and mixed load: its leader is killed, frozen, cut off from etcd and switched
 * over, a replica is rebuilt, and a server is killed each time. Everything answered must hold afterwards.
 *
 *     node --conditions=@lexwright/source scripts/checks/cluster.ts [event …]
 *
 * Needs Debian's `patroni`, `etcd-server`, `haproxy`, `pgbouncer` and `postgresql`. The configuration is that of
 * docs/operations.md, with one etcd instead of three. `KEEP_LOGS=1` keeps the folder with all logs.
 */
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createCalls } from './cluster/calls.ts'
import { type ClusterEvent, clusterEvents } from './cluster/events.ts'
import { type Figures, figuresOf, SETTLING_MS, tableOf, wrongAnswers } from './cluster/figures.ts'
import { watchLeader } from './cluster/leader-watch.ts'
import { startLoad, verifyAll } from './cluster/load.ts'
import { openMailbox } from './cluster/mailbox.ts'
import type { Person, Surroundings } from './cluster/person.ts'
import { startPostgresCluster } from './cluster/postgres-cluster.ts'
import {
  createLauncher,
  findPostgres,
  findProgram,
  postgresUser,
  until,
} from './cluster/programs.ts'
import { resetsWithoutCode } from './cluster/reset-audit.ts'
import { startServerFleet } from './cluster/server-fleet.ts'

/** Load before an event, in milliseconds. */
const WARM_UP_MS = 3_000

const named = process.argv.slice(2)
const unknown = named.filter((name) => !clusterEvents.some((event) => event.name === name))
if (unknown.length > 0) {
  console.error(`There are: ${clusterEvents.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}
const bin = await findPostgres()
const [etcd, patroni, patronictl, haproxy, pgbouncer] = [
  'etcd',
  'patroni',
  'patronictl',
  'haproxy',
  'pgbouncer',
].map(findProgram)
if (!(bin && etcd && patroni && patronictl && haproxy && pgbouncer)) {
  console.log('skipped: it needs patroni, etcd-server, haproxy, pgbouncer and postgresql')
  process.exit(0)
}

const began = performance.now()
const log = (text: string): void =>
  console.log(`${String(Math.round((performance.now() - began) / 1000)).padStart(4)} s  ${text}`)
const user = await postgresUser()
const folder = await mkdtemp(join(tmpdir(), 'lexwright-cluster-'))
if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid)
const launcher = createLauncher({ folder, user })

const programs = { bin, etcd, patroni, patronictl, haproxy, pgbouncer }
const cluster = await startPostgresCluster(programs, launcher)
log('the cluster is up')
const mailbox = await openMailbox()
const fleet = await startServerFleet({
  size: 4,
  url: cluster.url,
  primaryUrl: cluster.primaryUrl,
  smtpUrl: mailbox.url,
})
log('four servers are up')
const watch = watchLeader(cluster.nodes)
const faults: string[] = []
const fault = (text: string): void => {
  faults.push(text)
  log(`FAULT ${text}`)
}
const calls = createCalls(fleet.urls)
const around: Surroundings = { calls, mailbox, fault }

const everybody: Person[] = []
const rows: Figures[] = []
try {
  for (const [index, event] of clusterEvents.entries()) {
    if (named.length === 0 || named.includes(event.name)) rows.push(await check(event, index))
  }
} catch (error) {
  fault(String(error))
}

await verifyAll(everybody, around)
log(`${everybody.length} accounts verified once more`)
for (const did of await resetsWithoutCode(cluster.primaryUrl)) fault(`${did}: a code worked twice`)
const waiting = everybody.filter(
  ({ state, isResetRequested }) => isResetRequested && state === 'active',
)
await until(() => waiting.every(({ email }) => mailbox.count(email) > 0), 'every reset mail').catch(
  (error: Error) => fault(error.message),
)
const codes = await fleet.stop()
if (codes.some((code) => code !== 0)) fault(`the servers ended with ${codes.join(', ')}`)
await watch.close()
launcher.close()
await cluster.close()
await mailbox.close()
await delay(500)
if (process.env.KEEP_LOGS === undefined) await rm(folder, { recursive: true, force: true })
else console.log(`logs: ${folder}`)

console.log(`\n${tableOf(rows)}\n`)
console.log(
  `accounts: ${everybody.length}, answers: ${calls.answers.length}, faults: ${faults.length}`,
)
for (const text of faults) console.log(`- ${text}`)
process.exit(faults.length === 0 ? 0 : 1)

/** Causes an event under load, and checks the answers. */
async function check(event: ClusterEvent, index: number): Promise<Figures> {
  const [firstAnswer, firstOutage] = [calls.answers.length, watch.outages().length]
  const load = startLoad(`event${index}-`, around)
  await delay(WARM_UP_MS)
  log(`${event.name} …`)
  const [{ repair }] = await Promise.all([event.happen(cluster), fleet.killOne()])
  await delay(SETTLING_MS)
  await repair()
  await fleet.replace()
  await cluster.healthy()
  const people = await load.stop()
  log(`… ${event.name}: the cluster is healthy; ${people.length} accounts were used`)
  await verifyAll(people, around)
  everybody.push(...people)
  for (const text of fleet.ended()) fault(text)
  const observed = {
    event: event.name,
    answers: calls.answers.slice(firstAnswer),
    outages: watch.outages().slice(firstOutage),
    killed: fleet.killed(),
  }
  for (const text of new Set(wrongAnswers(observed))) fault(`${event.name}: ${text}`)
  const figures = figuresOf(observed)
  log(JSON.stringify(figures))
  return figures
}
