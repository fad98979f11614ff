import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@lexwright/testing/network/free-port'
import { startTcpProxy } from '@lexwright/testing/network/tcp-proxy'
import type { Outage } from './leader-watch.ts'
import { createLauncher, findPostgres, postgresUser, run, signalTrees, until } from './programs.ts'

/** A primary with a synchronous replica, behind one address. */
export interface ReplicatedPostgres {
  /** A superuser's connection URL. */
  readonly url: string
  /** Kills the primary, promotes the replica, and points the address to it. */
  failOver(): Promise<Outage>
  close(): Promise<void>
}

/** Undefined, with a message, without the programs of PostgreSQL. */
export async function startReplicatedPostgres(): Promise<ReplicatedPostgres | undefined> {
  const bin = await findPostgres()
  if (bin === undefined) {
    console.log('skipped: no PostgreSQL programs; install them or set POSTGRES_BIN')
    return undefined
  }
  const user = await postgresUser()
  const folder = await mkdtemp(join(tmpdir(), 'lexwright-fail-over-'))
  if (user.uid !== undefined && user.gid !== undefined) await chown(folder, user.uid, user.gid)
  const launcher = createLauncher({ folder, user })

  const program = (name: string, args: readonly string[]) =>
    run(join(bin, name), [...args], { ...user, cwd: folder })
  const administer = (port: number, ...statements: readonly string[]) =>
    program('psql', [
      ...['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'],
      ...statements.flatMap((statement) => ['-c', statement]),
    ])

  async function startNode(name: string, port: number) {
    const child = await launcher.start(name, join(bin ?? '', 'postgres'), [
      ...['-D', join(folder, name), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
      ...['-c', `unix_socket_directories=${folder}`, '-c', `cluster_name=${name}`],
    ])
    const isReady = () =>
      program('pg_isready', ['-h', '127.0.0.1', '-p', String(port)]).then(
        () => true,
        () => false,
      )
    await until(isReady, name)
    return child
  }

  const [primaryPort, replicaPort] = [await freePort(), await freePort()]
  const [primaryData, replicaData] = [join(folder, 'primary'), join(folder, 'replica')]
  await program('initdb', ['-D', primaryData, '-U', 'postgres', '--auth=trust', '--no-sync'])
  const primary = await startNode('primary', primaryPort)
  await program('pg_basebackup', [
    ...['-h', '127.0.0.1', '-p', String(primaryPort), '-U', 'postgres'],
    ...['-D', replicaData, '-R', '-X', 'stream', '--no-sync'],
  ])
  await startNode('replica', replicaPort)
  await administer(
    primaryPort,
    "alter system set synchronous_standby_names = '*'",
    'select pg_reload_conf()',
  )
  const address = await startTcpProxy(primaryPort)
  return {
    url: `postgres://postgres@127.0.0.1:${address.port}/postgres`,
    failOver: async () => {
      const from = performance.now()
      signalTrees(primary.pid === undefined ? [] : [primary.pid], 'SIGKILL')
      await program('pg_ctl', ['promote', '-D', replicaData, '-w'])
      await administer(
        replicaPort,
        "alter system set synchronous_standby_names = ''",
        'select pg_reload_conf()',
      )
      address.point(replicaPort)
      return { from, to: performance.now() }
    },
    close: async () => {
      await address.close()
      launcher.close()
      await delay(200)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
