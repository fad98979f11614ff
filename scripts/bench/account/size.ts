import { measureInTurn } from './get.ts'
import { median, typical } from './load.ts'
import { logIn, perSecond, signUp } from './passwords.ts'
import { type Server, startOurs } from './processes.ts'
import type { SeededDatabase } from './seed.ts'

const SETTINGS = {
  // The database is measured; at the usual cost, hashing would hide it.
  PDS_PASSWORD_HASH_COST: '4',
}
const ROUNDS = 5
const PASSWORDS = 200

/** Checks that a hundred times as many accounts are not slower. */
export async function benchSize(small: SeededDatabase, large: SeededDatabase): Promise<void> {
  const subjects: { name: string; server: Server; tokens: readonly string[] }[] = []
  for (const database of [small, large]) {
    const { accounts, tokens } = database
    const name = accounts.toLocaleString('en')
    subjects.push({ name, tokens, server: await startOurs(database, SETTINGS) })
  }
  const gets = await measureInTurn(subjects)
  const passwords = await passwordsInTurn(subjects)
  for (const { server } of subjects) await server.stop()

  const rows = subjects.map(({ name }) => {
    const rounds = passwords.get(name) ?? []
    return {
      name,
      rates: [
        typical(gets.get(name) ?? []).callsPerSecond,
        median(rounds.map((each) => each.create)),
        median(rounds.map((each) => each.login)),
      ],
    }
  })
  const first = rows[0]?.rates ?? []
  console.log('### Accounts in the table\n')
  console.log('| Accounts | `get`/s | `create`/s | `session.create`/s |')
  console.log('|---:|---:|---:|---:|')
  for (const { name, rates } of rows) {
    const cells = rates.map(
      (rate, n) => `${Math.round(rate)} (${Math.round((rate / (first[n] ?? Number.NaN)) * 100)} %)`,
    )
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
  console.log('\nPasswords at the lowest cost. Target: within 20 %.\n')
}

interface PasswordRates {
  readonly create: number
  readonly login: number
}

async function passwordsInTurn(
  subjects: readonly { readonly name: string; readonly server: Server }[],
): Promise<ReadonlyMap<string, readonly PasswordRates[]>> {
  const measured = new Map<string, readonly PasswordRates[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, server } of subjects) {
      const create = await perSecond(PASSWORDS, (n) => signUp(server, `s${round}n${n}`))
      const login = await perSecond(PASSWORDS, (n) => logIn(server, `s${round}n${n}`))
      measured.set(name, [...(measured.get(name) ?? []), { create, login }])
    }
  }
  return measured
}
