import assert from 'node:assert/strict'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { AtpAgent } from '@atproto/api'
import { type Network, startNetwork } from './network.ts'

const alice = {
  handle: 'alice.test',
  email: 'alice@example.com',
  password: 'correct horse battery',
}

let data: string
let network: Network
before(async () => {
  data = await mkdtemp(join(tmpdir(), 'entryway-'))
  // If run as root, PostgreSQL runs as another user.
  await chmod(data, 0o755)
  network = await startNetwork({ data, port: await freePorts(5) })
})
after(async () => {
  await network?.stop()
  await rm(data, { recursive: true, force: true })
})

/** The first of some free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000)
    const ports = Array.from({ length: count }, (_, index) => first + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}

/** The code in a mail. */
async function mailedCode(): Promise<string> {
  for (;;) {
    for (const name of await readdir(network.mails).catch(() => [])) {
      const mail = await readFile(join(network.mails, name), 'utf8')
      const [, code] = /^\s*([a-z2-7]{5}-[a-z2-7]{5})\s*$/im.exec(mail) ?? []
      if (code !== undefined) return code
    }
    await delay(50)
  }
}

it('takes AtpAgent from its sign-up to the PDS of the account and back', async () => {
  const agent = new AtpAgent({ service: network.entryway })
  await agent.createAccount(alice)
  const pds = agent.sessionManager.pdsUrl?.origin
  assert.ok(network.hosts.some(({ url }) => url === pds))

  const { uri } = await agent.post({ text: 'Hello from a PDS.' })
  const rkey = uri.slice(uri.lastIndexOf('/') + 1)
  const read = await agent.getPost({ repo: alice.handle, rkey })
  assert.equal(read.value.text, 'Hello from a PDS.')
  const { data: uploaded } = await agent.uploadBlob(new Uint8Array([1, 2, 3]), {
    encoding: 'image/png',
  })
  assert.equal(uploaded.blob.size, 3)

  await agent.com.atproto.server.requestEmailConfirmation()
  const token = await mailedCode()
  await agent.com.atproto.server.confirmEmail({ email: alice.email, token })
  const { data: session } = await agent.com.atproto.server.getSession()
  assert.equal(session.emailConfirmed, true)

  await agent.sessionManager.refreshSession()
  await agent.logout()
  const again = new AtpAgent({ service: network.entryway })
  await again.login({ identifier: alice.handle, password: alice.password })
  assert.equal(again.did, session.did)
  assert.equal(again.sessionManager.pdsUrl?.origin, pds)
})
