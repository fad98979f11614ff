/**
 * Bodies are converted between JSON and Lexicon values: `{"$link": …}` becomes a CID, `{"$bytes": …}` bytes, blobs
 * a `BlobRef`. Nearly all bodies contain none of these, and converting would only copy them. These two functions
 * detect that cheaply; if in doubt, they report that a body may contain one.
 */

/** Leaves deeper values to the library's conversions, which refuse them from about 2,000 levels. */
const MAX_DEPTH = 500

/** True if parsing a JSON text as Lexicon data could differ from parsing it as JSON. */
export function textMayHoldLexValues(text: string): boolean {
  return (
    text.includes('$') ||
    // A blob in the old form has no `$type`, only `cid` and `mimeType`.
    text.includes('mimeType') ||
    text.includes('__proto__') ||
    // Any of the above, escaped.
    text.includes('\\u') ||
    mayBeDeep(text)
  )
}

/** The depth is at most the number of opening brackets and braces. */
function mayBeDeep(text: string): boolean {
  // Each level takes two characters, to open and to close it.
  return text.length > 2 * MAX_DEPTH && count(text, '[') + count(text, '{') > MAX_DEPTH
}

/** Counts a character, up to just above `MAX_DEPTH`. */
function count(text: string, character: string): number {
  let found = 0
  let at = text.indexOf(character)
  while (at >= 0 && found <= MAX_DEPTH) {
    found++
    at = text.indexOf(character, at + 1)
  }
  return found
}

/** True if a value is plain JSON, so that it can be written without conversion. */
export function isPlainJson(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true
    case 'object':
      if (value === null) return true
      if (depth >= MAX_DEPTH) return false
      return Array.isArray(value) ? isPlainArray(value, depth) : isPlainRecord(value, depth)
    default:
      return false
  }
}

function isPlainArray(array: readonly unknown[], depth: number): boolean {
  // Not `every`, which skips holes.
  for (let index = 0; index < array.length; index++) {
    if (!isPlainJson(array[index], depth + 1)) return false
  }
  return !('toJSON' in array)
}

function isPlainRecord(record: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(record)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in record) {
    const member: unknown = record[key as keyof typeof record]
    if (member !== undefined && !isPlainJson(member, depth + 1)) return false
    // `__proto__` sets the prototype of a copy; some code takes `/` for the mark of a CID.
    if (key === '__proto__' || key === '/') return false
  }
  return true
}
