import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** An answer in a form in which two servers can be compared. */
export interface Answer {
  readonly status: string
  /** Lower-cased names; a repeated header has its values joined by a line break. */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded from its transfer coding, in Latin-1: one character per byte. */
  readonly body: string
}

/** Headers that differ on purpose, or over time. */
const NOT_COMPARED = new Set(['date', 'x-powered-by', 'keep-alive'])

/** Bytes, or a string in Latin-1; a list is sent as consecutive packets. */
export type Sent = string | Buffer | readonly (string | Buffer)[]

/**
 * Sends bytes over a new connection and reads until the server closes it.
 *
 * @returns the answers, and the remaining bytes if they end within one
 */
export async function exchange(port: number, sent: Sent): Promise<readonly (Answer | string)[]> {
  const request = [sent].flat().map((part) => part.toString('latin1'))
  return parseAnswers((await converse(port, sent)).toString('latin1'), request.join(''))
}

/** Sends bytes and returns all bytes received. */
export function converse(port: number, sent: Sent): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, async () => {
      for (const part of [sent].flat()) {
        if (socket.destroyed) return
        socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
        await setImmediate()
      }
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
}

export function parseAnswers(bytes: string, request = ''): readonly (Answer | string)[] {
  const answers: (Answer | string)[] = []
  let rest = bytes
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    if (!rest.startsWith('HTTP/1.1 ') || end < 0) return [...answers, rest]
    const [status = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = parseHeaders(lines)
    const isBodiless = /^HTTP\/1.1 (1\d\d|204|304)/.test(status) || request.startsWith('HEAD ')
    const [body, length] = isBodiless ? ['', 0] : readBody(rest.slice(end + 4), headers)
    answers.push({ status, headers: without(headers, NOT_COMPARED), body })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    headers[name] = name in headers ? `${headers[name]}\n${value}` : value
  }
  return headers
}

function readBody(rest: string, headers: Record<string, string>): [body: string, length: number] {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(rest)
  const length = headers['content-length']
  const size = length === undefined ? rest.length : Number(length)
  return [rest.slice(0, size), size]
}

function readChunks(rest: string): [body: string, length: number] {
  let body = ''
  let at = 0
  for (;;) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return [`${body}(cut off)`, rest.length]
    const size = Number.parseInt(rest.slice(at, line), 16)
    body += rest.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
    if (size === 0) return [body, at]
  }
}

function without(
  headers: Readonly<Record<string, string>>,
  names: ReadonlySet<string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !names.has(name))
      .sort(),
  )
}
