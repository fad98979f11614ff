import type { IncomingMessage } from 'node:http'
import { AuthRequiredError, verifyJwt } from '@atproto/xrpc-server'

export interface ServiceCallOptions {
  /** The DID of this service. */
  readonly audience: string
  readonly method: string
  /** The present signing key of a DID. */
  readonly keyOf: (did: string) => Promise<string | undefined>
}

/**
 * Authenticates an account by a service token for this service and method.
 *
 * @returns undefined for a call without a token.
 * @throws an error with the name used by `@atproto/xrpc-server`, for any other token.
 */
export async function serviceCallerOf(
  req: IncomingMessage,
  { audience, method, keyOf }: ServiceCallOptions,
): Promise<string | undefined> {
  const token = /^bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1]
  if (token === undefined) return undefined
  const { iss } = await verifyJwt(token, audience, method, async (issuer) => {
    const key = issuer.includes('#') ? undefined : await keyOf(issuer)
    if (key === undefined) throw new AuthRequiredError('could not resolve iss did', 'BadJwtIss')
    return key
  })
  return iss
}
