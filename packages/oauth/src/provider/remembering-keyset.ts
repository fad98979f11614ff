import { Keyset } from '@atproto/oauth-provider/provider'

type Verify = Keyset['verifyJwt']

/** Tokens that are remembered, each with about a kilobyte. */
const LIMIT = 4_096

/**
 * A keyset that checks the signature and the form of a token once: apps present the same access token with each of their calls.
 * Whoever asks looks at the end of a token and at its session each time. Checks that depend on the time are made again.
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
    // The one that was asked for last stays longest.
    verified.delete(token)
    verified.set(token, known)
    const [oldest] = verified.keys()
    if (verified.size > LIMIT && oldest !== undefined) verified.delete(oldest)
    return known
  }
  return Object.assign(keyset, { verifyJwt: remember as Verify })
}
