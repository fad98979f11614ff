import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { logIn } from '../publish/session.ts'
import { pdsOf } from './identity.ts'
import { explain, openNetwork } from './network.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const failure = async (promise: Promise<unknown>): Promise<string> =>
  explain(
    await promise.then(
      () => 'nothing failed',
      (error: unknown) => error,
    ),
  )

describe('a hostile server', () => {
  it('is not contacted without TLS, except with a custom directory', async () => {
    const url = await serve((_, res) => void res.end('ok'))
    expect(await failure(openNetwork().fetch(url))).toBe(`${url} is not an HTTPS address`)
    expect(await failure(openNetwork({ plc: url }).fetch('file:///etc/passwd'))).toContain(
      'is not an HTTPS address',
    )
    expect(await (await openNetwork({ plc: url }).fetch(url)).text()).toBe('ok')
  })

  it('cannot redirect', async () => {
    let asked = 0
    const url = await serve((_, res) => {
      asked++
      res.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await failure(openNetwork({ plc: url }).fetch(url))).toContain('redirect')
    expect(asked).toBe(1)
  })

  it('is cut off when its answer is endless', async () => {
    const url = await serve((_, res) => {
      const more = (): void => {
        while (res.write('x'.repeat(65_536)));
      }
      res.on('drain', more)
      more()
    })
    expect(await failure(openNetwork({ plc: url }).fetch(url))).toBe(
      `${url} answered with more than 4 MiB`,
    )
  })

  it.each<[string, RequestListener]>([
    ['never begins', () => {}],
    ['stops in the middle', (_, res) => void res.write('x')],
  ])('fails when its answer %s', async (_, listener) => {
    const url = await serve(listener)
    expect(await failure(openNetwork({ plc: url, timeoutMs: 100 }).fetch(url))).toMatch(
      `${url} did not answer within 0.1 seconds`,
    )
  })

  it.each(['', 'null', '[]', '<html>', '{"did":7}', '{"service":[null,{"id":"#atproto_pds"}]}'])(
    'that answers %s is named in the error',
    async (text) => {
      const pds = await serve((_, res) => void res.end(text))
      const network = openNetwork({ plc: pds })
      const login = { pds, identifier: 'alice.test', password: 'a secret' }
      const message = await failure(logIn(login, network))
      expect(message).toBe(`${pds} does not answer com.atproto.server.createSession as a PDS does`)
      expect(await failure(pdsOf('did:plc:abc', network))).toBe(
        'The document of did:plc:abc has no PDS',
      )
    },
  )
})
