import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../network/free-port.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const EXAMPLE = join(ROOT, 'examples/tiny-pds')
/** A folder below which the example finds its third-party packages. */
const SCRATCH = join(import.meta.dirname, '../third-party/.tmp')

/** A process of `examples/tiny-pds`. */
export interface TinyPds {
  readonly url: string
  /** The code in the newest mail. */
  newestCode(): Promise<string>
  close(): Promise<void>
}

export interface TinyPdsOptions {
  /** A PostgreSQL; PGlite by default. */
  readonly databaseUrl?: string
  /** URL of another process that shares the database. */
  readonly publicUrl?: string
}

/** A copy of the example in a separate folder, with generated code. */
export interface TinyPdsCopy {
  /** Handles end in `.<name>.test`. Processes with the same name have the same secrets. */
  start(name: string, options?: TinyPdsOptions): Promise<TinyPds>
  remove(): Promise<void>
}

export async function copyTinyPds(plcUrl: string): Promise<TinyPdsCopy> {
  await mkdir(SCRATCH, { recursive: true })
  const folder = await mkdtemp(join(SCRATCH, 'tiny-pds-'))
  await cp(EXAMPLE, folder, {
    recursive: true,
    filter: (path) => !/^\/(node_modules|generated|data)/.test(path.slice(EXAMPLE.length)),
  })
  await linkDependencies(folder)
  await once(run(folder, {}, [join(ROOT, 'codegen/src/cli.ts'), 'generate']), 'exit')
  return {
    start: (name, options = {}) => start(folder, name, { ...options, plcUrl }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * Links the example to the packages of the root, since classes of two copies are not
 * interchangeable.
 */
async function linkDependencies(folder: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies)) {
    const inRoot = join(ROOT, 'node_modules', name)
    if (!existsSync(inRoot)) continue
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(inRoot, link)
  }
}

function run(folder: string, env: NodeJS.ProcessEnv, args: readonly string[]): ChildProcess {
  // PGlite is compiled without optimization: no test runs long enough to benefit from it.
  const options = ['--conditions=@lexwright/source', '--liftoff-only']
  return spawn(process.execPath, [...options, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function start(
  folder: string,
  name: string,
  { plcUrl, databaseUrl, publicUrl }: TinyPdsOptions & { readonly plcUrl: string },
): Promise<TinyPds> {
  const port = await freePort()
  const data = join(folder, 'data', name)
  const env = {
    PORT: String(port),
    DATA: data,
    PLC_URL: plcUrl,
    HANDLE_DOMAIN: `.${name}.test`,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    ...(publicUrl !== undefined && { PUBLIC_URL: publicUrl }),
  }
  const child = run(folder, env, ['src/main.ts'])
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  for await (const line of lines) if (line.startsWith('listening on')) break
  child.stdout?.resume()
  return {
    url: `http://localhost:${port}`,
    newestCode: async () => {
      for (;;) {
        const files = await readdir(join(data, 'mail')).catch(() => [])
        const newest = files.toSorted().at(-1)
        const mail = newest && (await readFile(join(data, 'mail', newest), 'utf8'))
        const code = mail && /[A-Z2-7]{5}-[A-Z2-7]{5}/.exec(mail)?.[0]
        if (code) return code
        await delay(100)
      }
    },
    close: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const [code, signal] = await ended
      if (code !== 0) throw new Error(`tiny-pds ended with ${code ?? signal}`)
    },
  }
}
