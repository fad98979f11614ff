import { startPostgres } from '@lexwright/testing/postgres/postgres-server'
import { benchGet } from './get.ts'
import { benchHashing } from './hashing.ts'
import { benchMemory } from './memory.ts'
import { seed } from './seed.ts'
import { benchSize } from './size.ts'
import { benchStart } from './start.ts'
import { benchToday } from './today.ts'

const SMALL = 10_000
const LARGE = 1_000_000

/** Measures the account service on PostgreSQL on the same machine. */
export async function run(): Promise<void> {
  const postgres = await startPostgres()
  try {
    const small = await seed(postgres.url, SMALL)
    await benchGet(small)
    await benchToday(small)
    await benchHashing(small)
    await benchSize(small, await seed(postgres.url, LARGE))
    await benchMemory(small)
    await benchStart()
  } finally {
    await postgres.stop()
  }
}
