import { createServer, type IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { connectInMemory } from '../memory-connection.ts'
import { paramsReader } from '../read-params.ts'
import { readPlainHead } from './plain-head.ts'

const line = 'GET /xrpc/com.example.a?x=1&y=%20 HTTP/1.1\r\n'
const host = 'Host: example.test\r\n'
const headers = (count: number): string =>
  Array.from({ length: count }, (_, at) => `X${at}: y\r\n`).join('')
const post = 'POST /xrpc/com.example.a HTTP/1.1\r\n'

describe('readPlainHead', () => {
  it('reads what nearly all clients send', () => {
    expect(
      readPlainHead(`${line}${host}Accept: */*\r\nX-Empty:\r\nx_under: a: b\r\n\r\n`, undefined),
    ).toEqual({
      method: 'GET',
      target: '/xrpc/com.example.a?x=1&y=%20',
      path: '/xrpc/com.example.a',
      search: 'x=1&y=%20',
      end: expect.any(Number),
      headers: {
        text: expect.any(String),
        values: { host: 'example.test', accept: '*/*', 'x-empty': '', x_under: 'a: b' },
        length: undefined,
        isJson: false,
        closes: false,
      },
    })
    const body = '{"s":"x"}'
    const head = `${post}${host}CONTENT-TYPE: application/json\r\ncontent-length: 9\r\nConnection: Close\r\n\r\n`
    expect(readPlainHead(head + body, undefined)).toMatchObject({
      method: 'POST',
      path: '/xrpc/com.example.a',
      search: '',
      end: head.length,
      headers: { length: 9, isJson: true, closes: true },
    })
  })

  it('knows headers again', () => {
    const first = readPlainHead(`${line}${host}\r\n`, undefined)
    const second = readPlainHead(`GET /xrpc/other HTTP/1.1\r\n${host}\r\n`, first?.headers)
    expect(second?.headers).toBe(first?.headers)
    expect(second?.path).toBe('/xrpc/other')
    expect(readPlainHead(`${line}${host}X: y\r\n\r\n`, first?.headers)?.headers).not.toBe(
      first?.headers,
    )
  })

  it.each([
    ['nothing', ''],
    ['half a line', line.slice(0, 20)],
    ['no end', `${line}${host}`],
    ['another method', `HEAD /xrpc/a HTTP/1.1\r\n${host}\r\n`],
    ['a method in small letters', `get /xrpc/a HTTP/1.1\r\n${host}\r\n`],
    ['another path', `GET /other HTTP/1.1\r\n${host}\r\n`],
    ['a whole URL', `GET http://a/xrpc/a HTTP/1.1\r\n${host}\r\n`],
    ['an older version', `GET /xrpc/a HTTP/1.0\r\n${host}\r\n`],
    ['another version', `GET /xrpc/a HTTP/2.0\r\n${host}\r\n`],
    ['no version', `GET /xrpc/a\r\n${host}\r\n`],
    ['no host', `${line}\r\n`],
    ['two hosts', `${line}${host}${host}\r\n`],
    ['lines that end in LF', `GET /xrpc/a HTTP/1.1\n${host}\r\n\r\n`],
    ['a header line that ends in LF', `${line}${host}X: y\nZ: a\r\n\r\n`],
    ['a space before the colon', `${line}${host}X : y\r\n\r\n`],
    ['a space before the name', `${line}${host} X: y\r\n\r\n`],
    ['a folded line', `${line}${host}X: y\r\n z\r\n\r\n`],
    ['a line without a colon', `${line}${host}X\r\n\r\n`],
    ['a name that is none', `${line}${host}X(: y\r\n\r\n`],
    ['an empty name', `${line}${host}: y\r\n\r\n`],
    ['a tab', `${line}${host}X: a\tb\r\n\r\n`],
    ['a value beyond ASCII', `${line}${host}X: \xe9\r\n\r\n`],
    ['a NUL', `${line}${host}X: \0\r\n\r\n`],
    ['a bare CR', `${line}${host}X: a\rb\r\n\r\n`],
    ['chunks', `${post}${host}Transfer-Encoding: chunked\r\n\r\n`],
    ['a coding', `${post}${host}Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n`],
    ['an expectation', `${post}${host}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`],
    ['an upgrade', `${line}${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`],
    ['an upgrade without a connection header', `${line}${host}Upgrade: h2c\r\n\r\n`],
    ['a list of connection options', `${line}${host}Connection: keep-alive, TE\r\n\r\n`],
    ['two connection headers', `${line}${host}Connection: close\r\nConnection: close\r\n\r\n`],
    ['a connection header for a proxy', `${line}${host}Proxy-Connection: close\r\n\r\n`],
    ['a condition', `${line}${host}If-None-Match: "x"\r\n\r\n`],
    ['a condition of time', `${line}${host}If-Modified-Since: x\r\n\r\n`],
    ['two lengths', `${post}${host}Content-Length: 9\r\nContent-Length: 9\r\n\r\n`],
    ['a length with a sign', `${post}${host}Content-Length: +9\r\n\r\n`],
    ['a length with a space', `${post}${host}Content-Length: 9 \r\n\r\n`],
    ['a length in hexadecimal', `${post}${host}Content-Length: 0x9\r\n\r\n`],
    ['a list of lengths', `${post}${host}Content-Length: 9, 9\r\n\r\n`],
    ['a huge length', `${post}${host}Content-Length: 99999999\r\n\r\n`],
    ['two types', `${post}${host}Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n`],
    ['a long head', `${line}${host}X: ${'x'.repeat(9_000)}\r\n\r\n`],
    ['very many headers', `${line}${host}${headers(100)}\r\n`],
    ['a header that occurs twice', `${line}${host}X: a\r\nx: b\r\n\r\n`],
    ['what Node makes a list of', `${line}${host}Set-Cookie: a\r\n\r\n`],
    ['an empty line at first', `\r\n${line}${host}\r\n`],
  ])('leaves %s to Node', (_, text) => {
    expect(readPlainHead(text, undefined)).toBeUndefined()
  })
})

/** Parts of heads, mostly plain ones, so that many of what comes out is. */
const target = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('/xrpc/a', '/xrpc/a?b=c', '/xrpc/a?b=%41&c', '/xrpc/?', '/xrpc/a b'),
  },
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `/xrpc/${text}`),
)
const headerLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'Host: a',
      'Connection: keep-alive',
      'connection: close',
      'Content-Length: 3',
      'Content-Type: application/json',
      'Accept: */*',
      'X-Y:',
      'X:  two ',
      'TE: trailers',
      'Keep-Alive: 5',
      'Transfer-Encoding: identity',
      'Upgrade: x',
      'Expect: 100-continue',
      'Content-Length : 3',
      'Content-Length: 03',
      'X: a\tb',
    ),
  },
  fc.string({ unit: 'binary-ascii', maxLength: 10 }),
  fc
    .tuple(
      fc.string({ unit: 'grapheme-ascii', maxLength: 5 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 5 }),
    )
    .map(([name, value]) => `${name}: ${value}`),
)
const heads = fc
  .tuple(
    fc.constantFrom('GET', 'POST'),
    target,
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.1 '),
    fc.array(headerLine, { maxLength: 5 }),
    fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
  )
  .map(([method, path, version, lines, end]) =>
    Buffer.from(`${[`${method} ${path} ${version}`, 'Host: x', ...lines].join(end)}${end}${end}`),
  )

const readParams = paramsReader({ type: 'params', properties: { b: { type: 'string' } } })

describe('a plain head', () => {
  it('means to Node what it means here', async () => {
    let seen: IncomingMessage | undefined
    const http = createServer((req, res) => {
      seen = req
      res.end()
    })
    let plain = 0
    await fc.assert(
      fc.asyncProperty(heads, async (bytes) => {
        const head = readPlainHead(bytes.toString('latin1'), undefined)
        // The rest of a target is judged by those who look for its route and read its parameters.
        if (head?.path !== '/xrpc/a' || !readParams(head.search)) return
        plain++
        seen = undefined
        const client = connectInMemory(http)
        client.on('error', () => {})
        client.write(bytes)
        client.write('x'.repeat(head.headers.length ?? 0))
        await new Promise((resolve) => setImmediate(resolve))
        const { method, url, headers, httpVersion } = seen ?? ({} as Partial<IncomingMessage>)
        expect({ method, url, httpVersion, headers }).toEqual({
          method: head.method,
          url: head.target,
          httpVersion: '1.1',
          headers: head.headers.values,
        })
        expect(head.target).toBe(head.path + (head.target.includes('?') ? `?${head.search}` : ''))
        expect(Number(headers?.['content-length'] ?? 0)).toBe(head.headers.length ?? 0)
        expect(headers?.connection?.toLowerCase() === 'close').toBe(head.headers.closes)
        client.destroy()
      }),
      { numRuns: 3_000 },
    )
    expect(plain).toBeGreaterThan(100)
  })
})
