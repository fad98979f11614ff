/**
 * Fail-over without Patroni: a primary with a synchronous replica, an address that forwards to the primary, and two
 * servers under mixed load. The primary dies, the replica is promoted, the address moves. Everything answered must
 * hold, and no server is restarted.
 *
 *     node --conditions=@lexwright/source scripts/checks/fail-over.ts
 *
 * Needs the programs of PostgreSQL (Debian: `postgresql`), found through `POSTGRES_BIN` or in /usr/lib/postgresql.
 */
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@lexwright/testing/network/free-port'
import { startTcpProxy } from '@lexwright/testing/network/tcp-proxy'
import { createCalls } from './cluster/calls.ts'
import { figuresOf, SETTLING_MS, tableOf, wrongAnswers } from './cluster/figures.ts'
import { startLoad, verifyAll } from './cluster/load.ts'
import { openMailbox } from './cluster/mailbox.ts'
import {
  createLauncher,
  findPostgres,
  postgresUser,
  run,
  signalTrees,
  until,
} from './cluster/programs.ts'
import { resetsWithoutCode } from './cluster/reset-audit.ts'
import { startServerFleet } from './cluster/server-fleet.ts'

const bin = await findPostgres()
if (bin === undefined) {
  console.log('skipped: no PostgreSQL programs; install them or set POSTGRES_BIN')
  process.exit(0)
}
const user = await postgresUser()
const folder = await mkdtemp(join(tmpdir(), 'lexwright-fail-over-'))
if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid)
const launcher = createLauncher({ folder, user })

const program = (name: string, args: readonly string[]) =>
  run(join(bin, name), [...args], { ...user, cwd: folder })
const administer = (port: number, ...statements: readonly string[]) =>
  program('psql', [
    ...['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'],
    ...statements.flatMap((statement) => ['-c', statement]),
  ])

async function startNode(name: string, port: number) {
  const child = await launcher.start(name, join(bin ?? '', 'postgres'), [
    ...['-D', join(folder, name), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
    ...['-c', `unix_socket_directories=${folder}`, '-c', `cluster_name=${name}`],
  ])
  const isReady = () =>
    program('pg_isready', ['-h', '127.0.0.1', '-p', String(port)]).then(
      () => true,
      () => false,
    )
  await until(isReady, name)
  return child
}

const [primaryPort, replicaPort] = [await freePort(), await freePort()]
const [primaryData, replicaData] = [join(folder, 'primary'), join(folder, 'replica')]
await program('initdb', ['-D', primaryData, '-U', 'postgres', '--auth=trust', '--no-sync'])
const primary = await startNode('primary', primaryPort)
await program('pg_basebackup', [
  ...['-h', '127.0.0.1', '-p', String(primaryPort), '-U', 'postgres'],
  ...['-D', replicaData, '-R', '-X', 'stream', '--no-sync'],
])
await startNode('replica', replicaPort)
await administer(
  primaryPort,
  "alter system set synchronous_standby_names = '*'",
  'select pg_reload_conf()',
)
const address = await startTcpProxy(primaryPort)
const url = `postgres://postgres@127.0.0.1:${address.port}/postgres`
const mailbox = await openMailbox()
const fleet = await startServerFleet({ size: 2, url, smtpUrl: mailbox.url })
const calls = createCalls(fleet.urls)
const faults: string[] = []
const around = { calls, mailbox, fault: (text: string) => void faults.push(text) }

const load = startLoad('person-', around)
await delay(1_500)
const from = performance.now()
signalTrees(primary.pid === undefined ? [] : [primary.pid], 'SIGKILL')
await program('pg_ctl', ['promote', '-D', replicaData, '-w'])
await administer(
  replicaPort,
  "alter system set synchronous_standby_names = ''",
  'select pg_reload_conf()',
)
address.point(replicaPort)
const outages = [{ from, to: performance.now() }]
await delay(SETTLING_MS)
const people = await load.stop()
await verifyAll(people, around)
for (const did of await resetsWithoutCode(url)) faults.push(`${did}: a code worked twice`)
const observed = {
  event: 'primary killed, replica promoted',
  answers: calls.answers,
  outages,
  killed: [],
}
faults.push(...new Set(wrongAnswers(observed)), ...fleet.ended())
const codes = await fleet.stop()
if (codes.some((code) => code !== 0)) faults.push(`the servers ended with ${codes.join(', ')}`)
await mailbox.close()
await address.close()
launcher.close()
await delay(200)
await rm(folder, { recursive: true, force: true })

console.log(`${tableOf([figuresOf(observed)])}\n`)
console.log(`accounts: ${people.length}, faults: ${faults.length}`)
for (const text of faults) console.log(`- ${text}`)
process.exit(faults.length === 0 ? 0 : 1)
