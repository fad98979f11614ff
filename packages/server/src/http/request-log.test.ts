import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import type { IdentifiedRequest } from '@lexwright/account'
import type { ObservedCall } from '@lexwright/xrpc'
import { createLogger } from '../logging/logger.ts'
import { requestLog } from './request-log.ts'

/** The log lines of a request with the given handler. */
async function logged(handle: (req: IncomingMessage) => void): Promise<readonly object[]> {
  const lines: object[] = []
  const logger = createLogger({
    level: 'info',
    format: 'json',
    output: { write: (line) => void lines.push(JSON.parse(line)) },
  })
  const observe = requestLog(logger)
  const server = createServer((req, res) => {
    observe({ req, res } as unknown as ObservedCall, () => {
      handle(req)
      res.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    await fetch(`http://127.0.0.1:${port}/xrpc/com.example.method?token=abcde`, {
      headers: { 'x-forwarded-for': '203.0.113.7', connection: 'close' },
    })
  } finally {
    server.close()
    await once(server, 'close')
  }
  return lines
}

describe('requestLog', () => {
  it('logs no personal data but the DID', async () => {
    const did = 'did:plc:abcdefghijklmnopqrstuvwx'
    const lines = await logged((req: IdentifiedRequest) => {
      req.accountDid = did
    })
    expect(lines).toHaveLength(1)
    expect(Object.keys(lines[0] ?? {}).sort()).toEqual(
      ['did', 'level', 'method', 'ms', 'msg', 'path', 'pid', 'request', 'status', 'time'].sort(),
    )
    expect(lines[0]).toMatchObject({ did, path: '/xrpc/com.example.method' })
    expect(JSON.stringify(lines)).not.toMatch(/127\.0\.0\.1|203\.0\.113\.7|abcde"/)
  })

  it('logs no DID for an unauthenticated request', async () => {
    expect(Object.keys((await logged(() => {}))[0] ?? {})).not.toContain('did')
  })

  it('does not log a fault of the account module twice', async () => {
    const fail = (name: string) => (req: IncomingMessage) => {
      const { log } = req as unknown as { log: { error(failure: object): void } }
      log.error({ err: Object.assign(new Error('a fault'), { name }), status: 500 })
    }
    expect(await logged(fail('LoggedFault'))).toHaveLength(1)
    expect(await logged(fail('Error'))).toHaveLength(2)
  })
})
