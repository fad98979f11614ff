import { type ErrorResult, XRPCError } from '@atproto/xrpc-server'
import { withoutError } from '../server/verified.ts'

/** An `auth` function: a verifier of `@atproto/xrpc-server` for methods, subscriptions or both. */
// biome-ignore lint/suspicious/noExplicitAny: each has a context of its own, and keeps its type
export type Verifier = (context: any) => unknown

/** The context a verifier is called with; of several, one that suits them all. */
export type VerifierContext<V extends Verifier> = [V] extends [(context: infer Context) => unknown]
  ? Context
  : never

/** The result with which a verifier admits a call. */
export type Verified<V extends Verifier> = Exclude<Awaited<ReturnType<V>>, ErrorResult>

interface WithHeaders {
  readonly req: { readonly headers: { readonly authorization?: string | undefined } }
}

/** The `auth` of a call that nobody is named for. */
export interface Anonymous {
  readonly credentials: null
}

/**
 * Admits calls without credentials too, with `credentials: null`. Credentials that are there have to be good: a token that
 * has expired is refused, not taken for none. Keep the verifier in a constant: TypeScript does not infer the types of a
 * handler from a call in the same object.
 *
 * @param isAnonymous true if a call has no credentials; by default if it has no `Authorization` header
 */
export function optional<V extends Verifier>(
  verifier: V,
  isAnonymous: (context: VerifierContext<V> & WithHeaders) => boolean = hasNoAuthorization,
): (context: VerifierContext<V> & WithHeaders) => Promise<Verified<V> | Anonymous> {
  return async (context) =>
    isAnonymous(context) ? { credentials: null } : await admit(verifier, context)
}

function hasNoAuthorization({ req }: WithHeaders): boolean {
  return req.headers.authorization === undefined
}

/** The refusals of a verifier that does not know such credentials at all. */
const UNRECOGNISED: ReadonlySet<string | undefined> = new Set([
  'AuthenticationRequired',
  'AuthMissing',
  'BadJwt',
  'BadJwtType',
  'InvalidToken',
  'MissingJwt',
])

/**
 * Admits calls that one of these verifiers admits, and asks them in this order until one does. When none does, the call ends
 * with the error of the one that got furthest, the first of several:
 *
 * 1. one that failed for another reason than the credentials (an error that is no `XRPCError`, or 5xx), since they may
 *    be good
 * 2. one that recognised the credentials, and found them expired, for another audience and so on
 * 3. the first (`AuthenticationRequired`, `AuthMissing`, `BadJwt`, `BadJwtType`, `InvalidToken` and `MissingJwt` are
 *    refusals of what is not recognised)
 */
export function anyOf<V extends readonly [Verifier, ...Verifier[]]>(
  ...verifiers: V
): (context: VerifierContext<V[number]>) => Promise<Verified<V[number]>> {
  return async (context) => {
    const refusals: { readonly error: unknown; readonly rank: number }[] = []
    for (const verifier of verifiers) {
      try {
        return await admit<V[number]>(verifier, context)
      } catch (error) {
        refusals.push({ error, rank: rankOf(error) })
      }
    }
    const [first] = refusals.toSorted((a, b) => a.rank - b.rank)
    throw first?.error
  }
}

async function admit<V extends Verifier>(
  verifier: V,
  context: VerifierContext<V>,
): Promise<Verified<V>> {
  return withoutError((await verifier(context)) as Verified<V>)
}

function rankOf(thrown: unknown): number {
  const { statusCode, error } = XRPCError.fromError(thrown)
  if (statusCode >= 500) return 1
  return UNRECOGNISED.has(error) ? 3 : 2
}
