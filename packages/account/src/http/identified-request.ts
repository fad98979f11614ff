import type { IncomingMessage } from 'node:http'

/** A request with the account it belongs to, once known; for request logs. */
export interface IdentifiedRequest extends IncomingMessage {
  /** The DID of the account authenticated by its token or password. */
  accountDid?: string
}

export function identify(req: IdentifiedRequest, did: string): void {
  req.accountDid = did
}
