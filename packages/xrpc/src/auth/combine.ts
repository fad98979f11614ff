import { type ErrorResult, XRPCError } from '@atproto/xrpc-server'
import { withoutError } from '../server/verified.ts'

/** An `auth` function: a verifier of `@atproto/xrpc-server` for methods, subscriptions or both. */
// biome-ignore lint/suspicious/noExplicitAny: each verifier keeps its own context type
export type Verifier = (context: any) => unknown

/** The context a verifier is called with; for a union of verifiers, one that suits all of them. */
export type VerifierContext<V extends Verifier> = [V] extends [(context: infer Context) => unknown]
  ? Context
  : never

/** The result with which a verifier admits a call. */
export type Verified<V extends Verifier> = Exclude<Awaited<ReturnType<V>>, ErrorResult>

interface WithHeaders {
  readonly req: { readonly headers: { readonly authorization?: string | undefined } }
}

/** The `auth` of an anonymous call. */
export interface Anonymous {
  readonly credentials: null
}

/**
 * Admits calls without credentials too, with `credentials: null`. Credentials that are sent must be valid: an expired
 * token is refused, not ignored. Keep the verifier in a constant: TypeScript does not infer the types of a handler from
 * a call in the same object.
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

/** Errors of a verifier that does not recognise this kind of credentials. */
const UNRECOGNISED: ReadonlySet<string | undefined> = new Set([
  'AuthenticationRequired',
  'AuthMissing',
  'BadJwt',
  'BadJwtType',
  'InvalidToken',
  'MissingJwt',
])

/**
 * Tries these verifiers in order and admits a call that any of them admits. If none does, the call fails with the error
 * of the verifier that got furthest, or the first of several:
 *
 * 1. one that failed for a reason other than the credentials (5xx, or any error but an `XRPCError`), since they may be
 *    valid
 * 2. one that recognised the credentials but refused them, for example as expired or for another audience
 * 3. the first (`AuthenticationRequired`, `AuthMissing`, `BadJwt`, `BadJwtType`, `InvalidToken` and `MissingJwt` mean
 *    that the credentials were not recognised)
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
