import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../network/free-port.ts'

/** Reverse proxies to test behind. */
export type ReverseProxyName = 'nginx' | 'haproxy' | 'caddy'

export interface ReverseProxy {
  readonly url: string
  stop(): Promise<void>
}

interface Place {
  readonly directory: string
  readonly port: number
  readonly upstream: number
  /** Idle timeout of a connection, in seconds. */
  readonly idleTimeout: number
}

/**
 * Configured for WebSockets as in their manuals, and according to docs/operations.md: they forward
 * the client's address, and nginx and Caddy compress. Caddy has no timeout for WebSockets.
 */
const configurations: Readonly<Record<ReverseProxyName, (place: Place) => string>> = {
  nginx: ({ directory, port, upstream, idleTimeout }) => `
    daemon off; master_process off; pid ${directory}/nginx.pid;
    events {}
    http {
      access_log off;
      gzip on; gzip_proxied any; gzip_types text/css application/javascript application/json;
      client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
      fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi;
      scgi_temp_path ${directory}/scgi;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://127.0.0.1:${upstream};
          proxy_http_version 1.1;
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection "upgrade";
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_read_timeout ${idleTimeout}s;
        }
      }
    }`,
  haproxy: ({ port, upstream, idleTimeout }) => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel ${idleTimeout}s
  option forwardfor
frontend all
  bind 127.0.0.1:${port}
  default_backend service
backend service
  server one 127.0.0.1:${upstream}
`,
  caddy: ({ port, upstream }) => `
{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  encode zstd gzip
  reverse_proxy 127.0.0.1:${upstream}
}
`,
}

const commands: Readonly<Record<ReverseProxyName, (file: string) => readonly string[]>> = {
  nginx: (file) => ['-e', 'stderr', '-c', file],
  haproxy: (file) => ['-db', '-f', file],
  caddy: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
}

/** Reports a missing proxy once per test file. */
export function hasReverseProxy(name: ReverseProxyName, file: string): boolean {
  if (find(name) !== undefined) return true
  process.stderr.write(`${file}: ${name} is not installed; its tests are skipped\n`)
  return false
}

function find(name: string): string | undefined {
  // Debian installs servers in a folder on root's path only.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** Starts a proxy in front of a port of this machine and resolves once it accepts connections. */
export async function startReverseProxy(
  name: ReverseProxyName,
  options: Pick<Place, 'upstream' | 'idleTimeout'>,
): Promise<ReverseProxy> {
  const port = await freePort()
  return await run(name, port, (directory) => configurations[name]({ directory, port, ...options }))
}

/** Starts haproxy on a port of `127.0.0.1`, in front of servers on the same port of other loopback addresses. */
export async function startBalancer(
  port: number,
  addresses: readonly string[],
): Promise<ReverseProxy> {
  const servers = addresses.map((address, index) => `  server s${index} ${address}:${port} check`)
  return await run(
    'haproxy',
    port,
    () => `
defaults
  mode http
  timeout connect 1s
  timeout client 150s
  timeout server 150s
  option forwardfor
  option redispatch 1
  retry-on conn-failure
frontend all
  bind 127.0.0.1:${port}
  default_backend service
backend service
  option httpchk GET /readyz
  default-server inter 500ms fall 1 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`,
  )
}

async function run(
  name: ReverseProxyName,
  port: number,
  configure: (directory: string) => string,
): Promise<ReverseProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'lexwright-proxy-'))
  const file = join(directory, 'configuration')
  await writeFile(file, configure(directory))
  const child = spawn(find(name) ?? name, commands[name](file), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME: directory, XDG_DATA_HOME: directory },
  })
  let said = ''
  child.stderr?.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  await untilListening(port, child).catch((cause) => {
    throw new Error(`${name} did not start: ${said}`, { cause })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const exit = once(child, 'exit')
      if (child.exitCode === null && child.kill('SIGKILL')) await exit
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await delay(20)
  }
  throw new Error(`It ended with ${child.exitCode}`)
}
