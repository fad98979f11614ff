import { once } from 'node:events'
import './global-setup.ts'

/** Stops the PostgreSQL of the setup and waits until its directory is removed. */
export default async function globalTeardown(): Promise<void> {
  const keeper = globalThis.lexwrightPostgresKeeper
  if (keeper === undefined) return
  const isRunning = keeper.exitCode === null && keeper.signalCode === null
  if (!isRunning) return
  const exited = once(keeper, 'exit')
  keeper.stdin?.end()
  await exited
}
