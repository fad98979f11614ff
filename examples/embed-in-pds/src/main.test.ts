import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { startPostgres } from './testing/postgres.ts'

const postgres = await startPostgres()
const cwd = await mkdtemp(join(tmpdir(), 'pds-'))
after(async () => {
  await postgres.stop()
  await rm(cwd, { recursive: true })
})

const secret = () => randomBytes(32).toString('hex')
const secrets = {
  JWT_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  TOKEN_HMAC_KEY: secret(),
  KEY_ENCRYPTION_KEY_HEX: secret(),
  PLC_ROTATION_KEY_HEX: secret(),
}

function start(env: Record<string, string>): ChildProcess {
  const main = join(import.meta.dirname, 'main.ts')
  return spawn(process.execPath, [main], {
    cwd,
    env: { ...env, PORT: '0', DATABASE_URL: postgres.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('starts, serves, and stops on a signal; then again on the same database', async () => {
  for (const handle of ['alice.test', 'bob.test']) {
    const program = start(secrets)
    const exit = once(program, 'exit')
    let port: string | undefined
    for await (const line of createInterface(program.stdout as NodeJS.ReadableStream)) {
      port = /^listening on (\d+)/.exec(line)?.[1]
      if (port !== undefined) break
    }
    const response = await fetch(`http://127.0.0.1:${port}/xrpc/com.atproto.account.create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ handle, email: `${handle}@mail.test`, password: secret() }),
    })
    assert.equal(response.status, 200)
    assert.equal(((await response.json()) as { handle: string }).handle, handle)
    program.kill('SIGTERM')
    assert.deepEqual(await exit, [0, null])
  }
})

test('does not start without a secret', async () => {
  const program = start({ ...secrets, PASSWORD_PEPPER: '' })
  let complaint = ''
  program.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const [code] = await once(program, 'close')
  assert.equal(code, 1)
  assert.match(complaint, /PASSWORD_PEPPER is not set/)
})
