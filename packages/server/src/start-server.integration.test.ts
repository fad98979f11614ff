import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { temporaryDirectory } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  cleanups,
  person,
  postgresSetting,
} from '@lexwright/testing/programs/running-programs'
import type { ServerParts } from './serve-accounts.ts'
import { type ServerHere, startHere } from './testing/start-here.ts'

let environment: Readonly<Record<string, string>>
let server: ServerHere
const start = async (env: object = {}, parts?: ServerParts) => {
  server = await startHere({ ...environment, ...env }, parts)
}

beforeAll(async () => {
  const data = await temporaryDirectory()
  cleanups.push(data.remove)
  environment = { ...(await postgresSetting()), PDS_DATA_DIRECTORY: data.path }
})
afterEach(() => server.close())
afterAll(cleanUp)

it('uses a given mailer and directory, and closes the mailer', async () => {
  const published: string[] = []
  const mailed = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<void>()
  await start(
    {},
    {
      createIdentity: () => ({
        publish: async ({ did }) => {
          published.push(did)
          return 'published'
        },
      }),
      createMailer: () => ({
        check: async () => {},
        send: async ({ to }) => mailed.resolve(to),
        close: async () => closed.resolve(),
      }),
    },
  )
  const alice = person('alice')
  const created = await accountOf(server).create(alice)
  expect(published).toEqual([created.data.did])
  await accountOf(server).requestPasswordReset({ email: alice.email })
  expect(await mailed.promise).toBe(alice.email)
  await server.close()
  await closed.promise
})

it('shows a working command for an invite if one is required', async () => {
  await start({ PDS_INVITE_REQUIRED: 'true', PDS_SERVICE_HANDLE_DOMAINS: '.invited.test' })
  const script = server.said.match(/^ {2}(INVITE=|curl ).*$/gm)?.join('\n') ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', script.replace('alice@', 'second@')])
  expect(JSON.parse(stdout)).toMatchObject({ handle: 'alice.invited.test' })
})

it('counts the connections of its pool', async () => {
  await start()
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toMatch(/^database_connections\{state="idle"\} \d/m)
})

describe('its end', () => {
  it('finishes current requests and accepts no new ones', async () => {
    const asked = Promise.withResolvers<void>()
    const published = Promise.withResolvers<'published'>()
    const publish = () => {
      asked.resolve()
      return published.promise
    }
    const seconds = { PDS_DRAIN_DELAY_SECONDS: '2', PDS_DRAIN_TIMEOUT_SECONDS: '120' }
    await start(seconds, { createIdentity: () => ({ publish }) })
    const created = accountOf(server).create(person('drained'))
    await asked.promise
    const closed = server.close()
    const ready = await fetch(`${server.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { error: 'NotReady', message: 'The service is shutting down' },
    ])
    const answers = () => fetch(`${server.url}/livez`).then(Boolean, () => false)
    while (await answers()) await delay(20)
    published.resolve('published')
    expect((await created).data.handle).toBe('drained.test')
    await closed
    expect(server.log()).not.toContain('closed at the deadline')
  })

  it('closes remaining connections at the deadline', async () => {
    await start({ PDS_DRAIN_TIMEOUT_SECONDS: '1' })
    const slow = connect(server.port, 'localhost')
    slow.on('error', () => {})
    slow.write('POST /xrpc/com.atproto.account.create HTTP/1.1\r\nHost: x\r\n')
    slow.write('Content-Type: application/json\r\nContent-Length: 100\r\n')
    slow.write('Expect: 100-continue\r\n\r\n')
    // The request is running once the client is told to continue.
    await once(slow, 'data')
    await server.close()
    expect(server.log()).toContain(
      '"connections":1,"msg":"connections were closed at the deadline"',
    )
  })
})
