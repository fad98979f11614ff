import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@lexwright/testing/network/free-port'
import type { PatroniNode } from './patroni-node.ts'
import { type Launcher, listening } from './programs.ts'
import { readRecipe } from './recipe.ts'

/** User and password of the database's owner, as in the recipe. */
export const OWNER = 'pds:secret'

/** Forwards to the primary. @returns its port. */
export async function startHaproxy(
  haproxy: string,
  launcher: Launcher,
  nodes: readonly PatroniNode[],
): Promise<number> {
  const port = await freePort()
  const servers = nodes.map(({ port, apiPort }, index) => [
    `10.0.0.${index + 1}:5432 check port 8008`,
    `127.0.0.1:${port} check port ${apiPort}`,
  ])
  const config = await readRecipe('haproxy.cfg', {
    ...Object.fromEntries(servers),
    '10.0.0.20:5432': `127.0.0.1:${port}`,
  })
  const file = join(launcher.folder, 'haproxy.cfg')
  await writeFile(file, config)
  await launcher.start('haproxy', haproxy, ['-db', '-f', file])
  await listening(port)
  return port
}

/** Pools connections to the primary. @returns its port. */
export async function startPgbouncer(
  pgbouncer: string,
  launcher: Launcher,
  primaryPort: number,
): Promise<number> {
  const port = await freePort()
  const [user, password] = OWNER.split(':')
  const users = join(launcher.folder, 'userlist.txt')
  const config = await readRecipe('pgbouncer.ini', {
    'host=10.0.0.20 port=5432': `host=127.0.0.1 port=${primaryPort}`,
    'listen_addr = 10.0.0.20': 'listen_addr = 127.0.0.1',
    'listen_port = 6432': `listen_port = ${port}\nunix_socket_dir =`,
    '/etc/pgbouncer/userlist.txt': users,
  })
  const file = join(launcher.folder, 'pgbouncer.ini')
  await writeFile(users, `"${user}" "${password}"\n`, { mode: 0o600 })
  await writeFile(file, config)
  const { uid, gid } = launcher.user
  if (uid !== undefined && gid !== undefined) await chown(users, uid, gid)
  await launcher.start('pgbouncer', pgbouncer, [file])
  await listening(port)
  return port
}
