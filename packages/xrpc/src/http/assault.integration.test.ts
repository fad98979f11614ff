import { afterEach, describe, expect, it } from '@jest/globals'
import { assault } from '../testing/assault.ts'
import { documents } from '../testing/documents.ts'
import { exchange } from '../testing/exchange.ts'
import { handlers } from '../testing/handlers.ts'
import { serviceOf } from '../testing/pair.ts'
import { get } from '../testing/requests.ts'
import type { RunningServer } from './listen.ts'

let running: RunningServer
afterEach(() => running.close(0))

describe('under malformed and truncated requests', () => {
  it('keeps serving, and leaks no connection', async () => {
    const service = serviceOf(documents)
    for (const [nsid, config] of handlers()) service.method(nsid, config)
    running = await service.listen()
    await assault({ port: running.port, requests: 3_000, seed: 7, concurrency: 50 })
    const answers = await exchange(running.port, get('/xrpc/io.example.params'))
    expect(answers).toMatchObject([{ status: 'HTTP/1.1 200 OK' }])
    const connections = await new Promise((resolve) => {
      setTimeout(() => running.http.getConnections((_, count) => resolve(count)), 100)
    })
    expect(connections).toBe(0)
  })
})
