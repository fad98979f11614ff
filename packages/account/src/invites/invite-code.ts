/**
 * Longer than any generated code: a host name in labels of up to 63 characters, and the random
 * part.
 */
const MAX_LENGTH = 300

/** The canonical spelling of a typed invite code; null for text that is not a code. */
export function normalizeInviteCode(typed: string | undefined): string | null {
  const code = typed?.trim().toLowerCase() ?? ''
  return code.length <= MAX_LENGTH && /^[a-z0-9-]+$/.test(code) ? code : null
}
