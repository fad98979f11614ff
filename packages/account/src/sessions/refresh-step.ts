import type { PastToken, SessionFamily } from './session-family-store.ts'

/** Tokens that a family remembers; to come back with an older one is reuse. */
export const HISTORY_LENGTH = 32

/** The next step of a family whose refresh token was presented. */
export type RefreshStep =
  /** It was rotated away a moment ago: whoever has it gets the current one. */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'rotate'
      readonly history: readonly [PastToken, ...PastToken[]]
      /** Only if nobody has used what came with the current token meanwhile. */
      readonly onlyUnused: boolean
    }
  /** Two parties hold the family's tokens, and nobody knows which of them is the owner. */
  | { readonly kind: 'reuse' }

/**
 * Decides after RFC 9700 §4.14.2, with a grace for clients that share a login or lost an answer. Past the
 * grace, the token right before the current one still rotates if nothing of the current one was ever
 * used: its answer never arrived. The current one is forgotten then.
 */
export function refreshStep(
  family: Pick<SessionFamily, 'refreshJti' | 'history' | 'isUsed'>,
  { jti, at, grace }: { readonly jti: string; readonly at: Date; readonly grace: number },
): RefreshStep {
  const given: PastToken = { jti, at: at.getTime() }
  const { refreshJti, history, isUsed } = family
  if (jti === refreshJti) {
    const remembered = history.slice(0, HISTORY_LENGTH - 1)
    return { kind: 'rotate', history: [given, ...remembered], onlyUnused: false }
  }
  const past = history.find((token) => token.jti === jti)
  if (past === undefined) return { kind: 'reuse' }
  if (given.at <= past.at + grace * 1000) return { kind: 'repeat' }
  const [predecessor, ...older] = history
  if (past !== predecessor || isUsed) return { kind: 'reuse' }
  return { kind: 'rotate', history: [given, ...older], onlyUnused: true }
}
