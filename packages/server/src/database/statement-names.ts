import { createHash } from 'node:crypto'

/** Far more than the program has; a bound for what a host may add. */
const LIMIT = 500

/**
 * Names for statements, so that a connection parses and plans each of them once. The name follows from
 * the text: behind a pooler that knows prepared statements, all processes share them. Past the limit,
 * and for text that is no single statement with parameters, there is none.
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
