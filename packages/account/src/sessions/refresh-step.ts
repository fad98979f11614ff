import type { PastToken, SessionFamily } from './session-family-store.ts'

/** Maximum former tokens kept per family; an older one counts as reuse. */
export const HISTORY_LENGTH = 32

/** The next step for a presented refresh token. */
export type RefreshStep =
  /** It was rotated within the grace period: returns the current token. */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'rotate'
      readonly history: readonly [PastToken, ...PastToken[]]
      /** Only if the tokens issued with the current refresh token are unused. */
      readonly onlyUnused: boolean
    }
  /** Two parties hold tokens of the family, and nothing shows which one is the owner. */
  | { readonly kind: 'reuse' }

/**
 * Decides by RFC 9700 §4.14.2, with a grace period for clients that share a login or lost an
 * answer. After that period, the previous token still rotates if the current one and its access
 * token were never used: their answer was lost. The current one is then dropped.
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
