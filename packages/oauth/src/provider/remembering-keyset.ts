import { Keyset } from '@atproto/oauth-provider/provider'

type Verify = Keyset['verifyJwt']

/** Maximum cached tokens, each about a kilobyte. */
const LIMIT = 4_096

/**
 * A keyset that verifies the signature and the form of a token once: apps present the same access
 * token with each call. Callers check expiry and session each time, and checks that depend on the
 * time are repeated.
 */
export function rememberingKeyset(keys: ConstructorParameters<typeof Keyset>[0]): Keyset {
  const keyset = new Keyset(keys)
  const verify: Verify = keyset.verifyJwt.bind(keyset)
  const verified = new Map<string, Awaited<ReturnType<Verify>>>()

  const remember = async (...[token, options]: Parameters<Verify>) => {
    if (options?.maxTokenAge !== undefined || options?.clockTolerance !== undefined) {
      return await verify(token, options)
    }
    const known = verified.get(token) ?? (await verify(token, options))
    // Moves the token to the end: the least recently used one is evicted first.
    verified.delete(token)
    verified.set(token, known)
    const [oldest] = verified.keys()
    if (verified.size > LIMIT && oldest !== undefined) verified.delete(oldest)
    return known
  }
  return Object.assign(keyset, { verifyJwt: remember as Verify })
}
