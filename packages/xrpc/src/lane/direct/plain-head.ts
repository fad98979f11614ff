import { JSON_TYPES } from '../read-input.ts'

/**
 * The head of a request in the form that nearly all have, read from its bytes. What is read here has one meaning to
 * every parser of HTTP: it is a small part of what RFC 9112 allows. All else is for Node's parser to judge.
 */
export interface PlainHead {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What follows the question mark, as it is: whether it is plain is for its reader to say. */
  readonly search: string
  /** Where the body begins. */
  readonly end: number
  readonly headers: PlainHeaders
}

/** What decides how a request is served. */
export interface PlainHeaders {
  /** The header lines themselves. */
  readonly text: string
  /** Bytes of the body; undefined when the request announces none. */
  readonly length: number | undefined
  /** Whether the body is said to be JSON in UTF-8. */
  readonly isJson: boolean
  /** Whether the client wants the connection closed after the answer. */
  readonly closes: boolean
}

/** Characters of a head; a longer one is not plain. */
export const MAX_HEAD = 8_192

const VERSION = ' HTTP/1.1'

/**
 * @param text a request from its first byte, in Latin-1
 * @param known the headers of an earlier request: those of one client are mostly the same
 * @returns undefined for what is not plain, or not complete
 */
export function readPlainHead(
  text: string,
  known: PlainHeaders | undefined,
): PlainHead | undefined {
  const method = text.startsWith('GET /xrpc/')
    ? 'GET'
    : text.startsWith('POST /xrpc/')
      ? 'POST'
      : undefined
  if (method === undefined) return undefined
  const line = text.indexOf('\r\n')
  const end = text.indexOf('\r\n\r\n', line)
  if (end < 0 || end > MAX_HEAD || !text.startsWith(VERSION, line - VERSION.length))
    return undefined

  const target = text.slice(method.length + 1, line - VERSION.length)
  const mark = target.indexOf('?')

  const lines = text.slice(line + 2, end + 2)
  const headers = known?.text === lines ? known : readPlainHeaders(lines)
  if (!headers) return undefined
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    search: mark < 0 ? '' : target.slice(mark + 1),
    end: end + 4,
    headers,
  }
}

/**
 * The headers of a plain head by their names, as Node has them; undefined when one occurs twice: what becomes of the two
 * is a matter of its name.
 */
export function headersOf(text: string): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {}
  for (const line of text.split('\r\n')) {
    if (line === '') continue
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (Object.hasOwn(headers, name) || name === 'set-cookie') return undefined
    headers[name] = line.slice(colon + 1).trim()
  }
  return headers
}

const HEADER = /([\w-]+): ?([\x20-\x7e]*)\r\n/y

function readPlainHeaders(text: string): PlainHeaders | undefined {
  let hosts = 0
  let length: number | undefined
  let type: string | undefined
  let connection: string | undefined
  HEADER.lastIndex = 0
  let read = 0
  while (read < text.length) {
    const [all, name = '', value = ''] = HEADER.exec(text) ?? []
    if (all === undefined) return undefined
    read += all.length
    switch (name.toLowerCase()) {
      case 'host':
        hosts++
        break
      case 'content-length':
        if (length !== undefined || !/^\d{1,7}$/.test(value)) return undefined
        length = Number(value)
        break
      case 'content-type':
        if (type !== undefined) return undefined
        type = value
        break
      case 'connection':
        if (connection !== undefined) return undefined
        connection = value.toLowerCase()
        if (connection !== 'keep-alive' && connection !== 'close') return undefined
        break
      // Other ways to frame or to code a body, other protocols, and what Express answers by.
      case 'transfer-encoding':
      case 'content-encoding':
      case 'expect':
      case 'upgrade':
      case 'proxy-connection':
      case 'if-none-match':
      case 'if-modified-since':
        return undefined
    }
  }
  if (hosts !== 1) return undefined
  const isJson = type !== undefined && JSON_TYPES.has(type)
  return { text, length, isJson, closes: connection === 'close' }
}
