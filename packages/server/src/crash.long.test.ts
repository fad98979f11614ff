import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { faultPoints } from '@lexwright/testing/accounts/fault-points'
import {
  createPostgresDatabase,
  type PostgresDatabase,
} from '@lexwright/testing/postgres/databases'
import { crashScenarios } from '../../../scripts/checks/crash/scenarios.ts'
import { type CrashWorld, openCrashWorld } from '../../../scripts/checks/crash/world.ts'

describe('the program, killed at every step of an operation', () => {
  let postgres: PostgresDatabase
  let world: CrashWorld
  beforeAll(async () => {
    postgres = await createPostgresDatabase()
    world = await openCrashWorld(postgres.url)
  })
  afterAll(async () => {
    await world.close()
    await postgres.drop()
  })

  it.each(crashScenarios)('$point: $title', async ({ run }) => {
    await run(world)
  })

  it('has a scenario for every fault point', () => {
    const proven = new Set(crashScenarios.map(({ point }) => point))
    // `entryway-kills.long.test.ts` covers the fault points of an entryway.
    const own = faultPoints.filter((point) => !point.startsWith('host:'))
    expect(own.filter((point) => !proven.has(point))).toEqual([])
  })
})
