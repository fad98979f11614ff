import { callGet } from './load.ts'
import { memoryOf, startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

const CALLS = 1_000_000
const STEPS = 5

/** Whether memory grows with the calls that were served. */
export async function benchMemory(database: SeededDatabase): Promise<void> {
  const server = await startOurs(database, { PDS_DB_POSTGRES_PREPARED_STATEMENTS: 'true' })
  console.log('### Memory\n')
  console.log('| Calls of `get` | resident MB |')
  console.log('|---:|---:|')
  for (let step = 1; step <= STEPS; step++) {
    await callGet(server, database.tokens, { amount: CALLS / STEPS })
    const calls = ((CALLS / STEPS) * step).toLocaleString('en')
    console.log(`| ${calls} | ${(await memoryOf(server)).toFixed(0)} |`)
  }
  await server.stop()
  console.log('\nTarget: flat.\n')
}
