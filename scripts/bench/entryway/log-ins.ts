import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import { createStandInDirectory } from '../../../packages/entryway/src/testing/stand-in-directory.ts'
import {
  openStandInHost,
  type StandInHost,
} from '../../../packages/entryway/src/testing/stand-in-host.ts'
import { systemConsole } from '../../../packages/server/src/commands/console.ts'
import { runProgram } from '../../../packages/server/src/commands/run-program.ts'
import { startHere } from '../../../packages/server/src/testing/start-here.ts'
import { COST, hashesPerSecond } from '../account/hashing.ts'
import { beginSession, perSecond, signUp } from '../account/passwords.ts'

const ROUNDS = 5
const PEOPLE = 16

/** Log-ins at an entryway compared with the hash alone, in alternating rounds. Prints a table. */
export async function measureLogIns(): Promise<void> {
  const data = await temporaryDirectory()
  const directory = createStandInDirectory()
  const host = await openStandInHost('a', directory)
  const env = {
    ENTRYWAY_ENABLED: 'true',
    PDS_DATA_DIRECTORY: data.path,
    // Never called: the parts below replace it.
    PDS_DID_PLC_URL: 'http://127.0.0.1:1',
    PDS_PASSWORD_HASH_COST: String(COST),
    PDS_RATE_LIMITS_ENABLED: 'false',
  }
  await addHost(host, env)
  const server = await startHere(env, { createIdentity: () => directory })
  const rounds: { readonly alone: number; readonly logIns: number }[] = []
  await perSecond(PEOPLE, (n) => signUp(server, `person${n}`))
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      alone: await hashesPerSecond(),
      logIns: await perSecond(PEOPLE, (n) => beginSession(server, `person${n}`)),
    })
  }
  await server.close()
  await host.close()
  await data.remove()
  const shares = rounds.map(({ alone, logIns }) => logIns / alone).toSorted((a, b) => a - b)
  console.log(`\n### Log-ins, bcrypt at cost ${COST}\n`)
  console.log('| | per second | of the hash alone |')
  console.log('|---|---:|---:|')
  for (const { alone, logIns } of rounds) {
    console.log(
      `| hash alone ${alone.toFixed(2)} | ${logIns.toFixed(2)} | ${percent(logIns / alone)} |`,
    )
  }
  console.log(`\nMedian ${percent(shares[Math.floor(ROUNDS / 2)] ?? Number.NaN)}. Target: 95 %.`)
}

/** The embedded database has one user, so the host is added before the server starts. */
async function addHost(
  { url, adminPassword }: StandInHost,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const file = join(env.PDS_DATA_DIRECTORY ?? '', 'password')
  await writeFile(file, adminPassword)
  const console = { ...systemConsole(), environment: () => env, write: () => {} }
  for (const args of [['migrate'], ['pds', 'add', url, '--admin-password-file', file]]) {
    if ((await runProgram(args, console)) !== 0) throw new Error(`${args.join(' ')} failed`)
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
