import { createHash } from 'node:crypto'

/** Far more than the program uses; bounds statements added by a host. */
const LIMIT = 500

/**
 * Names statements, so each connection parses and plans them once. Names are derived from the text:
 * behind a pooler with prepared statements, all processes share them. No name past the limit, or
 * for text other than a single statement with parameters.
 */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= LIMIT) return known
    const name = `lexwright_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
    names.set(text, name)
    return name
  }
}
