import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { POSTGRES_URL_VARIABLE } from './postgres-url.ts'

declare global {
  /** The process that runs PostgreSQL during the tests; see `postgres-keeper.ts`. */
  var lexwrightPostgresKeeper: ChildProcess | undefined
}

/**
 * Starts one PostgreSQL for the whole run, unless the environment names one. Test files get it
 * through `databases.ts`.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env[POSTGRES_URL_VARIABLE]) return
  const keeper = spawn(
    process.execPath,
    [fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url))],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  globalThis.lexwrightPostgresKeeper = keeper
  const lines = createInterface({ input: keeper.stdout })
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(keeper, 'exit').then(([code]) => {
      throw new Error(`the test PostgreSQL did not start (exit code ${code})`)
    }),
  ])
  process.env[POSTGRES_URL_VARIABLE] = String(first)
}
