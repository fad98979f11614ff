import { describe, expect, it } from '@jest/globals'
import { json } from '../../testing/connection.ts'
import { type Answer, exchange } from '../../testing/exchange.ts'
import { get } from '../../testing/requests.ts'
import { any, testServer } from '../../testing/serve.ts'

const server = testServer()

async function ask(port: number, ...request: Parameters<typeof get>): Promise<Answer> {
  const [answer] = await exchange(port, get(...request))
  return answer as Answer
}

describe('the option etag', () => {
  it('sends the ETag of the stock server with JSON, and answers 304 to it', async () => {
    const port = await server.serve(() => json({ text: 'é', n: [1] }), { etag: true })
    const answer = await ask(port, any)
    expect(answer).toEqual(await ask(port, `${any}/`))
    const { etag = '' } = answer.headers
    expect(etag).toMatch(/^W\/"/)
    expect((await ask(port, any, { 'If-None-Match': etag })).status).toBe(
      'HTTP/1.1 304 Not Modified',
    )
  })

  it('is off by default', async () => {
    const port = await server.serve(() => json({ n: 1 }))
    const { headers } = await ask(port, any)
    expect(headers).not.toHaveProperty('etag')
  })
})
