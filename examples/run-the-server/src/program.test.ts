import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { AtpBaseClient } from '@lexwright/generated/client'

const data = await mkdtemp(join(tmpdir(), 'accounts-'))
const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const client = new AtpBaseClient(origin).com.atproto
let running: ChildProcess | undefined
after(async () => {
  running?.kill('SIGKILL')
  await rm(data, { recursive: true })
})

/** Starts the program, which npm puts on the path, with its embedded database, and waits until it is ready. */
async function start(): Promise<ChildProcess> {
  const { PATH } = process.env
  const env = { PATH, PDS_PORT: String(port), PDS_DATA_DIRECTORY: data, PDS_LOG_FORMAT: 'json' }
  running = spawn('lexwright-server', { env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.stdout?.resume()
  for (let attempt = 0; attempt < 3000 && running.exitCode === null; attempt++) {
    const ready = await fetch(`${origin}/readyz`).catch(() => undefined)
    if (ready?.ok) return running
    await delay(100)
  }
  throw new Error('It does not get ready')
}

async function stop(): Promise<void> {
  const exit = once(running as ChildProcess, 'exit')
  running?.kill('SIGTERM')
  assert.deepEqual(await exit, [0, null])
}

const alice = { handle: 'alice.test', password: 'correct horse battery staple' }

test('starts in an empty folder, and serves a page about itself', async () => {
  await start()
  assert.ok((await readdir(join(data, 'secrets'))).includes('admin-password'))
  const page = await fetch(origin)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(await page.text(), /com\.atproto\.account\.create/)
})

test('creates an account, and writes a mail to a file', async () => {
  const { data: created } = await client.account.create({ ...alice, email: 'alice@mail.test' })
  assert.match(created.did, /^did:plc:/)
  await client.account.requestPasswordReset({ email: 'alice@mail.test' })
  for (let attempt = 0; attempt < 600; attempt++) {
    const mails = await readdir(join(data, 'mail')).catch(() => [])
    if (mails.some((name) => name.endsWith('.eml'))) return
    await delay(100)
  }
  assert.fail('There is no mail')
})

test('stops on a signal, and still has its accounts after a restart', async () => {
  await stop()
  await start()
  const { data: session } = await client.session.create(alice)
  assert.equal(session.handle, 'alice.test')
  await stop()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('No port')
  return address.port
}
