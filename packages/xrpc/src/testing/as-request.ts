/**
 * A request of the test cases as a `Request`; undefined if only bytes can express it: a second request on the same
 * connection, a verb or header that the Fetch standard forbids, a body where it allows none.
 */
export function asRequest(bytes: string, origin: string): Request | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  const [line = '', ...fields] = bytes.slice(0, end).split('\r\n')
  const [method = '', target = '', version] = line.split(' ')
  if (version !== 'HTTP/1.1' || !target.startsWith('/xrpc/')) return undefined
  const rest = bytes.slice(end + 4)
  try {
    const headers = new Headers()
    for (const field of fields) {
      const [name = '', value = ''] = field.split(/:\s*(.*)/)
      if (!OF_THE_SENDER.has(name.toLowerCase())) headers.append(name, value)
    }
    const isChunked = /\r\ntransfer-encoding: chunked\r\n/i.test(bytes)
    const content = isChunked ? readChunks(rest) : rest
    if (content === undefined) return undefined
    const isPost = method === 'POST'
    if (!isPost && content !== '') return undefined
    const body = isPost && content !== '' ? Buffer.from(content, 'latin1') : null
    return new Request(new URL(target, origin), { method, headers, body, redirect: 'manual' })
  } catch {
    return undefined
  }
}

/** Headers that the sender of a `Request` sets. */
const OF_THE_SENDER: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
])

function readChunks(bytes: string): string | undefined {
  const [, size, after] = /^([0-9a-f]+)\r\n(.*)$/is.exec(bytes) ?? []
  if (size === undefined || after === undefined) return undefined
  const length = Number.parseInt(size, 16)
  if (length === 0) return after === '\r\n' ? '' : undefined
  const next = readChunks(after.slice(length + 2))
  return next === undefined ? undefined : after.slice(0, length) + next
}
