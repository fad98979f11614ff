/**
 * Runs a PostgreSQL for the process that started this one: prints its URL, then waits for standard
 * input to end. That happens even if the process is killed, so no test run leaves a server behind.
 */
import { startPostgres } from './postgres-server.ts'

const server = await startPostgres()
process.stdout.write(`${server.url}\n`)

process.stdin.resume()
process.stdin.once('end', async () => {
  await server.stop()
  process.exit(0)
})
