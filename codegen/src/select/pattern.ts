/** A pattern of NSIDs: one NSID, `com.example.*` for everything below it, or `*` for all. */
export type NsidPattern = string

/** True if a pattern matches an NSID. */
export function matches(pattern: NsidPattern, nsid: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('.*') ? nsid.startsWith(pattern.slice(0, -1)) : nsid === pattern
}

/** True if a text is a valid pattern. */
export function isPattern(text: string): boolean {
  return text === '*' || /^[a-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?$/.test(text)
}
