import type { IncomingMessage } from 'node:http'

/** Whose call it is, as its token says. Nothing has verified it: the PDS does. */
export interface CallerToken {
  readonly jwt: string
  readonly did: string
  /** `session`: of the entryway. `service`: signed by the account itself. `app`: bound to a key of an app (RFC 9449). */
  readonly kind: 'session' | 'service' | 'app'
  readonly audience: unknown
}

/** Reads the token of a call; undefined for one without, or with something else in its place. */
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

/** The DID in a reference to one of its services, such as `did:web:labels.example#atproto_labeler`. */
export function withoutFragment(reference: unknown): unknown {
  return typeof reference === 'string' ? reference.split('#', 1)[0] : reference
}
