import type { ServerResponse } from 'node:http'

/** An answer of the entryway in the place of the PDS's. */
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

/** The client refreshes its session, and gets a token for the host that the account has now. */
export function staleAudience(options?: ErrorOptions): ProxyRefusal {
  return new ProxyRefusal(400, 'ExpiredToken', 'Token audience is out of date', options)
}

/** Answers an error in the form that XRPC has for it. */
export function sendRefusal(res: ServerResponse, { status, code, message }: ProxyRefusal): void {
  const body = JSON.stringify({ error: code, message })
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  })
  res.end(body)
}
