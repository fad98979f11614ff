import type { ServerResponse } from 'node:http'

/** An error that the entryway answers instead of the PDS. */
export class ProxyRefusal extends Error {
  override readonly name = 'ProxyRefusal'
  readonly status: number
  /** `error` of the answer. */
  readonly code: string

  constructor(status: number, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
  }
}

/** Makes the client refresh its session, which returns a token for the account's present host. */
export function staleAudience(options?: ErrorOptions): ProxyRefusal {
  return new ProxyRefusal(400, 'ExpiredToken', 'Token audience is out of date', options)
}

/** Answers in the form of XRPC errors. */
export function sendRefusal(res: ServerResponse, { status, code, message }: ProxyRefusal): void {
  const body = JSON.stringify({ error: code, message })
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  })
  res.end(body)
}
