/** Requests as bytes, in Latin-1. All but the last on a connection keep it open. */

type Headers = Readonly<Record<string, string>>

export function get(target: string, headers: Headers = {}): string {
  return request('GET', target, headers)
}

/** A POST with `Content-Length`; JSON unless the headers say otherwise. */
export function post(target: string, body: string, headers: Headers = {}): string {
  const bytes = utf8(body)
  return request(
    'POST',
    target,
    { 'Content-Type': 'application/json', 'Content-Length': String(bytes.length), ...headers },
    bytes,
  )
}

/** A POST in chunks. */
export function chunked(target: string, chunks: readonly string[], headers: Headers = {}): string {
  const body = [...chunks.map(utf8).filter((chunk) => chunk !== ''), '']
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')
  return request(
    'POST',
    target,
    { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked', ...headers },
    body,
  )
}

/** A header with an empty value is omitted: `{ Connection: "" }` removes the default. */
export function request(method: string, target: string, headers: Headers = {}, body = ''): string {
  const all = { Host: 'example.test', Connection: 'close', ...headers }
  const lines = Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

/** A text as UTF-8 bytes, one character each. */
export function utf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** Bytes as a Latin-1 string, for `body`. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** A POST whose body is already bytes. */
export function postBytes(target: string, bytes: Uint8Array, headers: Headers = {}): string {
  const length = String(bytes.length)
  return request('POST', target, { 'Content-Length': length, ...headers }, latin1(bytes))
}
