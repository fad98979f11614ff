/**
 * Kills the real program with SIGKILL at every step of creation, deletion, purge, reset, the removal of recovery keys
 * and mail, and checks that no confirmed change is lost and nothing stays half done.
 *
 *     node --conditions=@lexwright/source scripts/checks/crash-points.ts [part of a fault point]
 */
import { faultPoints } from '@lexwright/testing/accounts/fault-points'
import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { crashScenarios } from './crash/scenarios.ts'
import { openCrashWorld } from './crash/world.ts'

const wanted = process.argv[2] ?? ''
const unproven = faultPoints.filter((point) => !crashScenarios.some((each) => each.point === point))
if (unproven.length > 0) throw new Error(`no scenario for ${unproven.join(', ')}`)

const postgres = await startPostgres()
const world = await openCrashWorld(postgres.url)
let failures = 0
for (const scenario of crashScenarios.filter(({ point }) => point.includes(wanted))) {
  const began = performance.now()
  const name = `${scenario.point}: ${scenario.title}`
  try {
    await scenario.run(world)
    console.log(`ok      ${name} (${Math.round(performance.now() - began)} ms)`)
  } catch (error) {
    failures++
    console.log(`FAILED  ${name}`)
    console.log(error)
  }
}
await world.close()
await postgres.stop()
if (failures > 0) process.exitCode = 1
