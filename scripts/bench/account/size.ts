import { measureInTurn } from './get.ts'
import { typical } from './load.ts'
import { startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

/** Whether a hundred times as many accounts are any slower. */
export async function benchSize(small: SeededDatabase, large: SeededDatabase): Promise<void> {
  const settings = { PDS_DB_POSTGRES_PREPARED_STATEMENTS: 'true' }
  const rows: { accounts: number; callsPerSecond: number; cpu: number }[] = []
  const servers = []
  for (const database of [small, large]) {
    servers.push({ database, server: await startOurs(database, settings) })
  }
  const measured = await measureInTurn(
    servers.map(({ database, server }) => ({
      name: String(database.accounts),
      server,
      tokens: database.tokens,
    })),
  )
  for (const { server, database } of servers) {
    await server.stop()
    const { accounts } = database
    rows.push({ accounts, ...typical(measured.get(String(accounts)) ?? []) })
  }
  console.log('### Accounts in the table\n')
  console.log('| Accounts | `get` calls/s | of the first | CPU µs/call |')
  console.log('|---:|---:|---:|---:|')
  const first = rows[0]?.callsPerSecond ?? Number.NaN
  for (const { accounts, callsPerSecond, cpu } of rows) {
    const share = `${Math.round((callsPerSecond / first) * 100)} %`
    console.log(
      `| ${accounts.toLocaleString('en')} | ${Math.round(callsPerSecond)} | ${share} | ${cpu.toFixed(0)} |`,
    )
  }
  console.log('\nTarget: within 20 %.\n')
}
