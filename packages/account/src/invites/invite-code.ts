/**
 * Longer than any code that is given out: 63 characters of host name label after label, and the
 * random part.
 */
const MAX_LENGTH = 300

/** The canonical spelling of a typed invite code, or null for text that cannot be one. */
export function normalizeInviteCode(typed: string | undefined): string | null {
  const code = typed?.trim().toLowerCase() ?? ''
  return code.length <= MAX_LENGTH && /^[a-z0-9-]+$/.test(code) ? code : null
}
