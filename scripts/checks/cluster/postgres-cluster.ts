import { join } from 'node:path'
import { freePort } from '@lexwright/testing/network/free-port'
import pg from 'pg'
import { isHealthy, readMembers } from './members.ts'
import { createPatroniNode, type PatroniNode, SUPERUSER } from './patroni-node.ts'
import { OWNER, startHaproxy, startPgbouncer } from './poolers.ts'
import { type Launcher, listening, run, until } from './programs.ts'

export interface ClusterPrograms {
  /** The folder of PostgreSQL's programs. */
  readonly bin: string
  readonly etcd: string
  readonly patroni: string
  readonly patronictl: string
  readonly haproxy: string
  readonly pgbouncer: string
}

/** Three nodes of Patroni, etcd, and HAProxy and PgBouncer in front. */
export interface PostgresCluster {
  readonly nodes: readonly PatroniNode[]
  /** The address for servers: PgBouncer. */
  readonly url: string
  /** The address for migrations: HAProxy, which forwards to the primary. */
  readonly primaryUrl: string
  leader(): Promise<PatroniNode>
  /** The node that Patroni would promote. */
  synchronousStandby(): Promise<PatroniNode>
  /** Resolves once there are one leader and two replicas that follow it, one of them synchronous. */
  healthy(): Promise<void>
  patronictl(...args: readonly string[]): Promise<void>
  close(): Promise<void>
}

export async function startPostgresCluster(
  programs: ClusterPrograms,
  launcher: Launcher,
): Promise<PostgresCluster> {
  const etcdPort = await startEtcd(programs, launcher)
  const nodes = await Promise.all(
    ['pg1', 'pg2', 'pg3'].map((name) =>
      createPatroniNode({ name, etcdPort, launcher, bin: programs.bin, patroni: programs.patroni }),
    ),
  )
  const [first, ...others] = nodes
  await first?.start()
  const haproxyPort = await startHaproxy(programs.haproxy, launcher, nodes)
  const pgbouncerPort = await startPgbouncer(programs.pgbouncer, launcher, haproxyPort)

  const find = async (role: string): Promise<PatroniNode> => {
    const member = (await readMembers(nodes)).find((each) => each.role === role)
    const node = nodes.find(({ name }) => name === member?.name)
    if (node === undefined) throw new Error(`there is no ${role}`)
    return node
  }
  const healthy = (size: number) =>
    until(async () => isHealthy(await readMembers(nodes), size), `${size} healthy nodes`, 180)

  await healthy(1)
  for (const node of others) await node.start()
  await healthy(nodes.length)
  await createDatabase(`postgres://${SUPERUSER}@127.0.0.1:${haproxyPort}/postgres`)

  return {
    nodes,
    url: `postgres://${OWNER}@127.0.0.1:${pgbouncerPort}/pds`,
    primaryUrl: `postgres://${OWNER}@127.0.0.1:${haproxyPort}/pds`,
    leader: () => find('leader'),
    synchronousStandby: () => find('sync_standby'),
    healthy: () => healthy(nodes.length),
    patronictl: async (...args) => {
      await run(programs.patronictl, ['-c', first?.configFile ?? '', ...args], {
        env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: launcher.folder },
        cwd: launcher.folder,
        timeout: 120_000,
      })
    },
    close: async () => {
      for (const node of nodes) await node.close()
    },
  }
}

/** @returns its port for clients. */
async function startEtcd({ etcd }: ClusterPrograms, launcher: Launcher): Promise<number> {
  const [port, peerPort] = [await freePort(), await freePort()]
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
  await launcher.start('etcd', etcd, [
    ...['--name', 'etcd1', '--data-dir', join(launcher.folder, 'etcd')],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `etcd1=${peer}`],
  ])
  await listening(port)
  return port
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create role pds login password '${OWNER.split(':')[1]}'`)
  await client.query("alter role pds set statement_timeout = '10s'")
  await client.query('create database pds owner pds')
  await client.end()
}
