import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createPwnedPasswords } from './pwned-passwords.ts'

/** A range service with one breached password, and another one as padding. */
describe('createPwnedPasswords', () => {
  let server: Server
  let url: string
  const asked: string[] = []
  const rest = (password: string): string =>
    createHash('sha1').update(password).digest('hex').toUpperCase().slice(5)

  beforeAll(async () => {
    server = createServer((req, res) => {
      asked.push(req.url ?? '')
      if (req.url?.startsWith('/broken/')) return res.writeHead(500).end()
      if (req.url?.startsWith('/silent/')) return undefined
      if (req.url?.startsWith('/moved/')) return res.writeHead(302, { location: '/range/' }).end()
      return res.end(`${rest('hunter2hunter2')}:12\r\n${rest('only padding')}:0\r\n`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('finds a breached password, ignores padding, and sends only five digits', async () => {
    const passwords = createPwnedPasswords({ url: `${url}/range/` })
    expect(await passwords.contains('hunter2hunter2')).toBe(true)
    expect(await passwords.contains('only padding')).toBe(false)
    expect(await passwords.contains('never seen anywhere')).toBe(false)
    for (const path of asked) expect(path).toMatch(/^\/range\/[0-9A-F]{5}$/)
  })

  it.each(['broken', 'silent', 'moved'])(
    'accepts passwords while the service is %s, and logs it',
    async (state) => {
      const warnings: string[] = []
      const passwords = createPwnedPasswords({
        url: `${url}/${state}/`,
        timeoutMs: 100,
        logger: { warn: (_, message) => warnings.push(message) },
      })
      expect(await passwords.contains('hunter2hunter2')).toBe(false)
      expect(warnings).toEqual(['breached passwords cannot be looked up'])
    },
  )
})
