import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@lexwright/testing/network/free-port'
import { startTcpProxy } from '@lexwright/testing/network/tcp-proxy'
import { type Launcher, signalTrees } from './programs.ts'
import { readRecipe } from './recipe.ts'

/** Superuser and password, as in the recipe. */
export const SUPERUSER = 'postgres:secret'

/** A PostgreSQL with its Patroni, and its own line to etcd. */
export interface PatroniNode {
  readonly name: string
  /** The port of PostgreSQL. */
  readonly port: number
  /** The port of Patroni's REST API. */
  readonly apiPort: number
  readonly configFile: string
  start(): Promise<void>
  /** Kills Patroni and every process of PostgreSQL. */
  kill(): Promise<void>
  /** Stops their processes in the middle of their work, like a machine that hangs. */
  freeze(): void
  thaw(): void
  /** Drops all packets between the node and etcd. */
  cut(): void
  heal(): void
  /** Closes the line to etcd. */
  close(): Promise<void>
}

export interface PatroniNodeOptions {
  readonly name: string
  readonly etcdPort: number
  readonly bin: string
  readonly patroni: string
  readonly launcher: Launcher
}

/** Configures a node, without starting it. */
export async function createPatroniNode({
  name,
  etcdPort,
  bin,
  patroni,
  launcher,
}: PatroniNodeOptions): Promise<PatroniNode> {
  const [port, apiPort] = [await freePort(), await freePort()]
  const line = await startTcpProxy(etcdPort)
  const data = join(launcher.folder, name)
  const configFile = join(launcher.folder, `${name}.yml`)
  const config = await readRecipe('patroni.yml', {
    'name: pg1': `name: ${name}`,
    '10.0.0.1:5432': `127.0.0.1:${port}`,
    '10.0.0.1:8008': `127.0.0.1:${apiPort}`,
    // Otherwise the client learns the members' addresses and connects past the proxy.
    '10.0.0.11:2379,10.0.0.12:2379,10.0.0.13:2379': `127.0.0.1:${line.port}\n  use_proxies: true`,
    // By default it is in the home folder, which the nodes share here.
    '/var/lib/postgresql/15/main': `${data}\n  pgpass: ${data}.pgpass`,
    '/usr/lib/postgresql/15/bin': bin,
    '10.0.0.0/24': '127.0.0.1/32',
  })
  await writeFile(configFile, config, { mode: 0o644 })
  let child: ChildProcess | undefined

  const postmaster = (): readonly number[] => {
    try {
      const pid = Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10)
      // The file outlives a killed server, and its number may belong to another process by now.
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data) ? [pid] : []
    } catch {
      return []
    }
  }
  const signal = (name: NodeJS.Signals): void =>
    signalTrees([...(child?.pid === undefined ? [] : [child.pid]), ...postmaster()], name)
  // PostgreSQL keeps running without Patroni.
  launcher.atEnd(() => signal('SIGKILL'))

  return {
    name,
    port,
    apiPort,
    configFile,
    start: async () => {
      child = await launcher.start(name, patroni, [configFile])
    },
    kill: async () => {
      const ended = child === undefined ? undefined : once(child, 'exit')
      signal('SIGKILL')
      await ended
      child = undefined
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    cut: line.cut,
    heal: line.heal,
    close: line.close,
  }
}
