/**
 * Kills an official PDS behind an entryway with SIGKILL at every request of creations, changes, deletions and moves of
 * accounts, and checks that nothing is lost or left over, and that everything continues by itself or is shown to the operator.
 *
 *     node --conditions=@lexwright/source scripts/checks/entryway-kills.ts [part of a title …]
 */
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { openEntrywayWorld } from './crash/entryway-world.ts'
import { hostKills, runHostKill, titleOf } from './crash/host-kills.ts'

const wanted = process.argv.slice(2)
const open = async () => {
  const postgres = await startPostgres()
  const world = await openEntrywayWorld(postgres.url)
  const close = async (): Promise<void> => {
    await world.close()
    await postgres.stop()
  }
  return { world, close }
}
let place = await open()
let failures = 0
for (const [number, kill] of hostKills.entries()) {
  const title = titleOf(kill)
  if (wanted.length > 0 && !wanted.some((part) => title.includes(part))) continue
  const began = performance.now()
  try {
    await runHostKill(place.world, kill, `person-${number}`)
    console.log(`ok      ${title} (${Math.round(performance.now() - began)} ms)`)
  } catch (error) {
    failures++
    console.log(`FAILED  ${title}`)
    console.log(error)
    await place.close()
    place = await open()
  }
}
await place.close()
if (failures > 0) process.exitCode = 1
