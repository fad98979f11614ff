import { once } from 'node:events'
import {
  type ClientRequest,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  alice,
  bearer,
  hostAt,
  type LocalEntryway,
  type LocalServer,
  serve,
  startEntryway,
} from './testing/local-hosts.ts'

let entryway: LocalEntryway
let pds: LocalServer
let atPds: RequestListener
const token = bearer({ sub: alice, aud: 'did:web:a.test' })
const METHOD = '/xrpc/com.example.method'

beforeEach(async () => {
  entryway = await startEntryway({ idleTimeout: 2_000 })
  pds = await serve((req, res) => atPds(req, res))
  entryway.accounts.set(alice, hostAt('a', pds.url))
})
afterEach(async () => {
  await entryway.close()
  await pds.close()
})

/** Opens a call whose body the test writes. */
function open(method = 'POST', headers: object = {}): ClientRequest {
  const { port } = entryway
  return request({
    port,
    host: '127.0.0.1',
    path: METHOD,
    method,
    headers: { ...token, ...headers },
  })
}

async function answerTo(call: ClientRequest): Promise<IncomingMessage> {
  const [answer] = await once(call, 'response')
  return answer
}

async function read(headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(entryway.url + METHOD, { headers: { ...token, ...headers } })
}

/** Sends raw bytes and returns everything received until the connection closes. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(entryway.port, '127.0.0.1')
  socket.write(bytes)
  return await text(socket)
}

describe('headers', () => {
  let seen: IncomingMessage
  beforeEach(() => {
    atPds = (req, res) => {
      seen = req
      res.end()
    }
  })

  it('of a call reach the host, except hop-by-hop headers and those of the entryway', async () => {
    await sendRaw(
      [
        `GET ${METHOD} HTTP/1.1`,
        'Host: entryway.test',
        `Authorization: ${token.authorization}`,
        'Atproto-Proxy: did:web:appview.test#bsky_appview',
        'Atproto-Accept-Labelers: did:web:labels.test',
        'Accept-Encoding: gzip',
        'X-Forwarded-For: 203.0.113.9',
        'X-Forwarded-Host: evil.test',
        'Forwarded: for=203.0.113.9',
        'Cookie: device=secret',
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'X-Own: 1',
        'Connection: close, X-Own',
        '\r\n',
      ].join('\r\n'),
    )
    expect(seen.headers).toEqual({
      host: new URL(pds.url).host,
      authorization: token.authorization,
      'atproto-proxy': 'did:web:appview.test#bsky_appview',
      'atproto-accept-labelers': 'did:web:labels.test',
      'accept-encoding': 'gzip',
      'x-forwarded-for': '127.0.0.1',
      via: '1.1 entryway.test',
      connection: 'keep-alive',
    })
  })

  it('of an answer reach the client, except hop-by-hop and CORS headers', async () => {
    atPds = (_, res) => {
      res.writeHead(429, [
        ...['RateLimit-Limit', '3000', 'RateLimit-Remaining', '0', 'Retry-After', '5'],
        ...['Content-Type', 'application/json', 'Content-Encoding', 'identity'],
        ...['Atproto-Repo-Rev', '3k', 'X-Two', 'a', 'X-Two', 'b'],
        ...['Access-Control-Allow-Origin', '*', 'X-Own', '1', 'Connection', 'X-Own'],
      ])
      res.end('{"error":"RateLimitExceeded"}')
    }
    const response = await read()
    expect([response.status, await response.text()]).toEqual([429, '{"error":"RateLimitExceeded"}'])
    const {
      connection,
      'keep-alive': _,
      date,
      'transfer-encoding': __,
      ...rest
    } = Object.fromEntries(response.headers)
    expect(connection).toBe('keep-alive')
    expect(date).toBeDefined()
    expect(rest).toEqual({
      'ratelimit-limit': '3000',
      'ratelimit-remaining': '0',
      'retry-after': '5',
      'content-type': 'application/json',
      'content-encoding': 'identity',
      'atproto-repo-rev': '3k',
      'x-two': 'a, b',
    })
  })

  it('that frame a body in two ways are refused before they reach a host', async () => {
    let calls = 0
    atPds = (_, res) => {
      calls++
      res.end()
    }
    const head = `POST ${METHOD} HTTP/1.1\r\nHost: x\r\nAuthorization: ${token.authorization}\r\n`
    const hidden = 'GET /xrpc/com.atproto.admin.x HTTP/1.1\r\nHost: x\r\n\r\n'
    const attacks = [
      `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde${hidden}`,
      `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
      `X: y\nContent-Length: 2\r\n\r\nab${hidden}`,
    ]
    for (const attack of attacks) expect(await sendRaw(head + attack)).toMatch(/^HTTP\/1.1 400 /)
    expect(calls).toBe(0)
  })

  it('that list Content-Length as hop-by-hop do not change the framing of the body', async () => {
    const bodies: string[] = []
    atPds = async (req, res) => {
      bodies.push(`${req.url} ${await text(req)}`)
      res.end()
    }
    const call = open('POST', { 'Content-Length': 5, Connection: 'close, content-length' })
    call.end('abcde')
    await answerTo(call)
    expect(bodies).toEqual([`${METHOD} abcde`])
  })
})

describe('a body', () => {
  it('is streamed both ways: the host gets the beginning before the client sends the end', async () => {
    atPds = (req, res) => void req.pipe(res)
    const call = open()
    call.write('first')
    const answer = await answerTo(call)
    const [first] = await once(answer, 'data')
    expect(String(first)).toBe('first')
    call.end('last')
    expect(await text(answer)).toBe('last')
  })

  it('of known length keeps its length, and gets no type if it has none', async () => {
    let seen: IncomingMessage | undefined
    atPds = async (req, res) => {
      seen = req
      res.end(await buffer(req))
    }
    const call = open('POST', { 'Content-Length': 3 })
    call.end('abc')
    expect(await text(await answerTo(call))).toBe('abc')
    expect(seen?.headers).toMatchObject({ 'content-length': '3' })
    expect(seen?.headers).not.toHaveProperty('content-type')
  })

  it('that the host does not read blocks neither the answer nor the next call on the connection', async () => {
    atPds = (_, res) => void res.writeHead(413).end('too large')
    const socket = connect(entryway.port, '127.0.0.1')
    const lines = `Host: x\r\nAuthorization: ${token.authorization}\r\n`
    socket.write(`POST ${METHOD} HTTP/1.1\r\n${lines}Content-Length: 10\r\n\r\nabc`)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /)
    atPds = (_, res) => void res.end('served')
    socket.write(`defghijGET ${METHOD} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 [\s\S]*served/)
  })
})

describe('a disconnection', () => {
  it('of the client while sending ends the call at the host', async () => {
    const atHost = new Promise<IncomingMessage>((resolve) => {
      atPds = (req) => {
        req.once('close', () => resolve(req)).on('error', () => {})
        req.once('data', () => call.destroy())
      }
    })
    const call = open()
    call.on('error', () => {}).write('half of it')
    expect((await atHost).complete).toBe(false)
  })

  it('of the client while receiving ends the answer at the host', async () => {
    const closed = new Promise<ServerResponse>((resolve) => {
      atPds = (_, res) => void res.once('close', () => resolve(res)).write('half of it')
    })
    const call = open('GET')
    call.on('error', () => {}).end()
    const answer = await answerTo(call)
    answer.on('error', () => {})
    await once(answer, 'data')
    call.destroy()
    expect((await closed).writableFinished).toBe(false)
  })

  it('of the client before the answer ends the call at the host', async () => {
    const closed = new Promise<ServerResponse>((resolve) => {
      atPds = (_, res) => {
        res.once('close', () => resolve(res))
        call.destroy()
      }
    })
    const call = open('GET')
    call.on('error', () => {}).end()
    expect((await closed).writableFinished).toBe(false)
  })

  it.each([
    ['of known length', { 'Content-Length': 100 }],
    ['of unknown length', {}],
  ])('of the host during an answer %s does not look like a complete answer', async (_, headers) => {
    atPds = (_, res) => {
      res.writeHead(200, headers)
      res.write('half of it', () => res.destroy())
    }
    await expect(read().then((response) => response.text())).rejects.toThrow('terminated')
  })

  it('of the host before an answer is 502, like an unreachable host', async () => {
    atPds = (_, res) => void res.destroy()
    const expected = { error: 'UpstreamFailure', message: `The PDS at ${pds.url} did not answer` }
    const lost = await read()
    expect([lost.status, await lost.json()]).toEqual([502, expected])
    await pds.close()
    const down = await read()
    expect([down.status, await down.json()]).toEqual([502, expected])
    pds = await serve(() => {})
  })

  it('after a timeout of the host is 504', async () => {
    await entryway.close()
    entryway = await startEntryway({ idleTimeout: 20 })
    entryway.accounts.set(alice, hostAt('a', pds.url))
    atPds = () => {}
    const response = await read()
    expect([response.status, await response.json()]).toEqual([
      504,
      { error: 'UpstreamTimeout', message: `The PDS at ${pds.url} did not answer in time` },
    ])
  })
})

describe('a connection that a host has closed', () => {
  /** A server that answers the first call on each connection and closes it at the second. */
  async function closeAtSecond(): Promise<{ readonly url: string; close(): void }> {
    const server = createServer((socket: Socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        socket.once('data', () => socket.resetAndDestroy())
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    return { url: `http://127.0.0.1:${port}`, close: () => server.close() }
  }

  it('fails no read and repeats no write', async () => {
    const closing = await closeAtSecond()
    entryway.accounts.set(alice, hostAt('a', closing.url))
    entryway.hosts.forget(alice)
    for (let n = 0; n < 3; n++) expect(await (await read()).text()).toBe('ok')
    const call = open('POST', { 'Content-Length': 1 })
    call.end('x')
    expect((await answerTo(call)).statusCode).toBe(502)
    closing.close()
  })
})

describe('an answer', () => {
  it('that the host lacks the account becomes a stale audience, and the host is looked up again', async () => {
    atPds = (_, res) => {
      const body = '{"error":"AccountNotFound","message":"Account not found"}'
      res.writeHead(403, { 'Content-Length': body.length }).end(body)
    }
    const response = await read()
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'ExpiredToken', message: 'Token audience is out of date' },
    ])
    await read()
    expect(entryway.lookups).toEqual([alice, alice])
  })

  it.each(['{"error":"ScopeMissingError"}', 'no JSON'])('403 %s is passed on', async (body) => {
    atPds = (_, res) => void res.writeHead(403, { 'Content-Length': body.length }).end(body)
    const response = await read()
    expect([response.status, await response.text()]).toEqual([403, body])
  })

  it('that redirects is not followed', async () => {
    atPds = (_, res) => void res.writeHead(302, { Location: `${entryway.url}/xrpc/x.y.z` }).end()
    const response = await fetch(entryway.url + METHOD, { headers: token, redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([
      302,
      `${entryway.url}/xrpc/x.y.z`,
    ])
  })

  it('to HEAD has a length but no body', async () => {
    atPds = (_, res) => void res.writeHead(200, { 'Content-Length': 100 }).end()
    const answer = await fetch(entryway.url + METHOD, { method: 'HEAD', headers: token })
    expect([answer.headers.get('content-length'), await answer.text()]).toEqual(['100', ''])
  })

  it('without a body has no type', async () => {
    atPds = (_, res) => void res.end()
    expect((await read()).headers.get('content-type')).toBeNull()
  })
})

describe('a host that sends every call back', () => {
  it('is called once', async () => {
    let calls = 0
    atPds = (req, res) => {
      calls++
      const back = request(entryway.url + req.url, { method: req.method, headers: req.headers })
      back.once('response', (answer) => {
        res.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(res)
      })
      req.pipe(back)
    }
    const response = await read()
    expect([response.status, await response.json()]).toMatchObject([508, { error: 'LoopDetected' }])
    expect(calls).toBe(1)
  })
})
