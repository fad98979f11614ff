/**
 * Fail-over under load: a primary with a synchronous replica, an address that forwards to the primary, and a
 * server. The primary dies, the replica is promoted, the address moves. No answer may be wrong, no confirmed
 * change may be lost, and the server is not restarted.
 *
 *     node --conditions=@lexwright/source scripts/checks/fail-over.ts
 *
 * Needs the programs of PostgreSQL (Debian: `postgresql`), found through `POSTGRES_BIN` or in /usr/lib/postgresql.
 */
import { execFile, spawn } from 'node:child_process'
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '@lexwright/testing/network/free-port'
import { startProgram, temporaryDirectory } from '@lexwright/testing/programs/program'

const run = promisify(execFile)
const PASSWORD = 'correct horse battery'

/** The user PostgreSQL runs as: it refuses to run as root. */
async function postgresUser(): Promise<{ readonly uid?: number; readonly gid?: number }> {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

async function findPrograms(): Promise<string | undefined> {
  if (process.env.POSTGRES_BIN !== undefined) return process.env.POSTGRES_BIN
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? undefined : join('/usr/lib/postgresql', newest, 'bin')
}

/** An address that can be pointed elsewhere, like HAProxy or a virtual IP address. */
async function startAddress(target: number): Promise<{
  readonly port: number
  point(port: number): void
  close(): void
}> {
  const sockets = new Set<Socket>()
  let port = target
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.once('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  })
  const own = await freePort()
  await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve))
  return {
    port: own,
    point: (next) => {
      port = next
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const bin = await findPrograms()
if (bin === undefined) {
  console.log('skipped: no PostgreSQL programs; install them or set POSTGRES_BIN')
  process.exit(0)
}
const user = await postgresUser()
const base = await mkdtemp(join(tmpdir(), 'lexwright-fail-over-'))
if (user.uid !== undefined && user.gid !== undefined) await chown(base, user.uid, user.gid)
const program = (name: string, args: readonly string[]) =>
  run(join(bin, name), [...args], { ...user, cwd: base })

async function startNode(directory: string, port: number, flags: readonly string[] = []) {
  const child = spawn(
    join(bin ?? '', 'postgres'),
    [
      ...['-D', directory, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
      ...['-c', `unix_socket_directories=${base}`, ...flags.flatMap((flag) => ['-c', flag])],
    ],
    { ...user, cwd: base, stdio: 'ignore' },
  )
  for (let tries = 0; tries < 200; tries++, await delay(50)) {
    const ready = await program('pg_isready', ['-h', '127.0.0.1', '-p', String(port)]).catch(
      () => undefined,
    )
    if (ready !== undefined) return child
  }
  throw new Error(`PostgreSQL on port ${port} did not start`)
}

const [primaryPort, replicaPort] = [await freePort(), await freePort()]
const [primaryData, replicaData] = [join(base, 'primary'), join(base, 'replica')]
await mkdir(base, { recursive: true })
await program('initdb', ['-D', primaryData, '-U', 'postgres', '--auth=trust', '--no-sync'])
const primary = await startNode(primaryData, primaryPort)
await program('pg_basebackup', [
  ...['-h', '127.0.0.1', '-p', String(primaryPort), '-U', 'postgres'],
  ...['-D', replicaData, '-R', '-X', 'stream', '--no-sync'],
])
const replica = await startNode(replicaData, replicaPort, ['cluster_name=replica'])
await program('psql', [
  ...['-h', '127.0.0.1', '-p', String(primaryPort), '-U', 'postgres'],
  ...['-c', "alter system set synchronous_standby_names = '*'"],
  ...['-c', 'select pg_reload_conf()'],
])
const address = await startAddress(primaryPort)
const data = await temporaryDirectory()
const server = await startProgram({
  dataDirectory: data.path,
  env: {
    PDS_DB_POSTGRES_URL: `postgres://postgres@127.0.0.1:${address.port}/postgres`,
    PDS_PASSWORD_HASH_COST: '4',
    PDS_RATE_LIMITS_ENABLED: 'false',
    PDS_DB_POSTGRES_QUERY_TIMEOUT_MS: '3000',
  },
})

const post = (nsid: string, body: object) =>
  fetch(`${server.url}/xrpc/com.atproto.${nsid}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const answered: string[] = []
const statuses = new Map<number, number>()
let number = 0
let promotedAt: number | undefined
let recoveredAt: number | undefined

async function signUpUntil(end: () => boolean): Promise<void> {
  while (!end()) {
    const name = `person-${number++}`
    const response = await post('account.create', {
      handle: `${name}.test`,
      email: `${name}@example.com`,
      password: PASSWORD,
    })
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
    if (response.status === 200) {
      answered.push(name)
      if (promotedAt !== undefined) recoveredAt ??= performance.now()
    } else await delay(10)
  }
}

const deadline = performance.now() + 60_000
const isOver = () =>
  performance.now() > deadline ||
  (recoveredAt !== undefined && performance.now() > recoveredAt + 1_000)
const load = Promise.all(Array.from({ length: 8 }, () => signUpUntil(isOver)))
await delay(1_500)
const before = answered.length
const died = performance.now()
primary.kill('SIGKILL')
await program('pg_ctl', ['promote', '-D', replicaData, '-w'])
await program('psql', [
  ...['-h', '127.0.0.1', '-p', String(replicaPort), '-U', 'postgres'],
  ...['-c', "alter system set synchronous_standby_names = ''"],
  ...['-c', 'select pg_reload_conf()'],
])
address.point(replicaPort)
promotedAt = performance.now()
await load

let lost = 0
for (const name of answered) {
  const { status } = await post('session.create', { handle: `${name}.test`, password: PASSWORD })
  if (status !== 200) lost++
}
console.log(
  `answered before the death of the primary: ${before}, after it: ${answered.length - before}`,
)
console.log(`answers: ${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}`)
console.log(`promotion took ${Math.round(promotedAt - died)} ms`)
console.log(
  recoveredAt === undefined
    ? 'the service did not come back'
    : `the first good answer came ${Math.round(recoveredAt - promotedAt)} ms after the address moved`,
)
console.log(`answered and lost: ${lost}`)

const exitCode = await server.signal('SIGTERM')
address.close()
replica.kill('SIGKILL')
await data.remove()
await delay(200)
await rm(base, { recursive: true, force: true })
const isWrong = [...statuses.keys()].some((status) => status !== 200 && status !== 503)
process.exit(lost === 0 && !isWrong && recoveredAt !== undefined && exitCode === 0 ? 0 : 1)
