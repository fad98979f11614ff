/**
 * Fail-over without Patroni: a primary with a synchronous replica, an address that forwards to the primary, and two
 * servers under mixed load. The primary dies, the replica is promoted, the address moves. Everything answered must
 * hold, and no server is restarted.
 *
 *     node --conditions=@lexwright/source scripts/checks/fail-over.ts
 *
 * Needs the programs of PostgreSQL (Debian: `postgresql`), found through `POSTGRES_BIN` or in /usr/lib/postgresql.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createCalls } from './cluster/calls.ts'
import { figuresOf, SETTLING_MS, tableOf, wrongAnswers } from './cluster/figures.ts'
import { startLoad, verifyAll } from './cluster/load.ts'
import { openMailbox } from './cluster/mailbox.ts'
import { startReplicatedPostgres } from './cluster/replicated-postgres.ts'
import { resetsWithoutCode } from './cluster/reset-audit.ts'
import { startServerFleet } from './cluster/server-fleet.ts'

const postgres = await startReplicatedPostgres()
if (postgres === undefined) process.exit(0)
const { url } = postgres
const mailbox = await openMailbox()
const fleet = await startServerFleet({ size: 2, url, smtpUrl: mailbox.url })
const calls = createCalls(fleet.urls)
const faults: string[] = []
const around = { calls, mailbox, fault: (text: string) => void faults.push(text) }

const load = startLoad('person-', around)
await delay(1_500)
const outages = [await postgres.failOver()]
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
await postgres.close()

console.log(`${tableOf([figuresOf(observed)])}\n`)
console.log(`accounts: ${people.length}, faults: ${faults.length}`)
for (const text of faults) console.log(`- ${text}`)
process.exit(faults.length === 0 ? 0 : 1)
