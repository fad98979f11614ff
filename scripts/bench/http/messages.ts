import { token, type Workload } from './work.ts'

/** A request as bytes. */
export function requestOf({ method, path, body = '' }: Workload, host: string): Buffer {
  const type = body && `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\nAuthorization: Bearer ${token}\r\n${type}\r\n${body}`,
  )
}

/** True if a text, one character per byte, is a complete answer. Source: RFC 9112, section 6. */
export function isWholeAnswer(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  const length = /^content-length: *(\d+)/im.exec(text)?.[1]
  return length === undefined
    ? text.endsWith('\r\n0\r\n\r\n')
    : text.length >= head + 4 + Number(length)
}
