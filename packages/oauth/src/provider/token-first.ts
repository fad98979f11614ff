import type { OAuthVerifier } from '@atproto/oauth-provider/verifier'

/**
 * Verifies the access token of a call before its DPoP proof. The provider verifies the proof first and stores its id against
 * replay, so strangers could fill the store with proofs of their own keys.
 */
export function tokenFirst<Verifier extends OAuthVerifier>(verifier: Verifier): Verifier {
  const checkProof = verifier.checkDpopProof.bind(verifier)
  const checkDpopProof: typeof checkProof = async (method, url, headers, token) => {
    if (token !== undefined)
      await verifier.signer.verifyAccessToken(token as `${string}.${string}.${string}`)
    return await checkProof(method, url, headers, token)
  }
  return Object.assign(verifier, { checkDpopProof })
}
