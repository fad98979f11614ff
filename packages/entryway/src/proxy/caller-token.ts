import type { IncomingMessage } from 'node:http'

/** The account of a call, as its token claims. Not verified here: the PDS verifies it. */
export interface CallerToken {
  readonly jwt: string
  readonly did: string
  /**
   * `session`: issued by the entryway. `service`: signed with the account's own key. `app`: bound
   * to a key of an app (RFC 9449).
   */
  readonly kind: 'session' | 'service' | 'app'
  readonly audience: unknown
}

/** Reads the token of a call; undefined if there is none, or it is not such a token. */
export function callerToken({ headers }: IncomingMessage): CallerToken | undefined {
  const [, scheme = '', jwt = ''] =
    /^(bearer|dpop) +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  const claims = claimsOf(jwt)
  if (claims === undefined) return undefined
  const { sub, iss, aud: audience, lxm } = claims
  const isService = sub === undefined && (lxm !== undefined || typeof iss === 'string')
  const did = isService ? withoutFragment(iss) : sub
  if (typeof did !== 'string' || !DID.test(did)) return undefined
  const ofBearer = isService ? 'service' : 'session'
  return { jwt, did, audience, kind: scheme.toLowerCase() === 'dpop' ? 'app' : ofBearer }
}

/** Source: https://atproto.com/specs/did, "DID Syntax". */
export const DID: RegExp = /^did:[a-z]+:[\w.:%-]{1,2000}$/

interface Claims {
  readonly sub?: unknown
  readonly iss?: unknown
  readonly aud?: unknown
  readonly lxm?: unknown
}

function claimsOf(jwt: string): Claims | undefined {
  const [, payload] = jwt.split('.', 2)
  if (payload === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) ?? undefined
  } catch {
    return undefined
  }
}

/** Removes the fragment from a DID reference such as `did:web:labels.example#atproto_labeler`. */
export function withoutFragment(reference: unknown): unknown {
  return typeof reference === 'string' ? reference.split('#', 1)[0] : reference
}
