import type { IncomingMessage } from 'node:http'

/** A request, and whose it is once the module knows: for a log of requests. */
export interface IdentifiedRequest extends IncomingMessage {
  /** The DID of the account that its token or its password stands for. */
  accountDid?: string
}

export function identify(req: IdentifiedRequest, did: string): void {
  req.accountDid = did
}
