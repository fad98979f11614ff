import { JSON_TYPES } from '../read-input.ts'

/**
 * The head of a request in the form that nearly all have, read from its bytes. What is read here has one meaning to
 * every parser of HTTP: it is a small part of what RFC 9112 allows. All else is for Node's parser to judge.
 */
export interface PlainHead {
  readonly method: 'GET' | 'POST'
  /** The path and what follows it. */
  readonly target: string
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
  /** Their values by lower-cased names, as Node has them. */
  readonly values: Readonly<Record<string, string>>
  /** Bytes of the body; undefined when the request announces none. */
  readonly length: number | undefined
  /** Whether the body is said to be JSON in UTF-8. */
  readonly isJson: boolean
  /** Whether the client wants the connection closed after the answer. */
  readonly closes: boolean
}

/** Characters of a head; a longer one is not plain. */
export const MAX_HEAD = 8_192

/** Headers of a request; one with more is not plain. */
export const MAX_HEADERS = 100

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
    target,
    path: mark < 0 ? target : target.slice(0, mark),
    search: mark < 0 ? '' : target.slice(mark + 1),
    end: end + 4,
    headers,
  }
}

/** Other ways to frame or to code a body, other protocols, what Express answers by, and what Node makes a list of. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-encoding',
  'expect',
  'upgrade',
  'proxy-connection',
  'if-none-match',
  'if-modified-since',
  'set-cookie',
])

const HEADER = /([\w-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?\r\n/y

function readPlainHeaders(text: string): PlainHeaders | undefined {
  const values: Record<string, string> = {}
  let read = 0
  let count = 0
  HEADER.lastIndex = 0
  while (read < text.length) {
    const [line, written = '', value = ''] = HEADER.exec(text) ?? []
    if (line === undefined || ++count > MAX_HEADERS) return undefined
    const name = written.toLowerCase()
    // What becomes of two of a name is a matter of the name.
    if (NOT_PLAIN.has(name) || Object.hasOwn(values, name)) return undefined
    values[name] = value
    read += line.length
  }
  const { host, connection = '', 'content-type': type, 'content-length': length } = values
  if (host === undefined || !/^(keep-alive|close)?$/i.test(connection)) return undefined
  if (length !== undefined && !/^\d{1,7}$/.test(length)) return undefined
  return {
    text,
    values,
    length: length === undefined ? undefined : Number(length),
    isJson: type !== undefined && JSON_TYPES.has(type),
    closes: connection.toLowerCase() === 'close',
  }
}
