/**
 * Bodies pass between JSON and the values of the Lexicon data model: `{"$link": …}` becomes a CID, `{"$bytes": …}`
 * bytes, blobs a `BlobRef`. Nearly all bodies hold none of these, and converting would only copy them. These two
 * find out cheaply; on any doubt they say that a body may hold one.
 */

/** Deeper values go to the library's conversions, which refuse them from some 2,000 levels on. */
const MAX_DEPTH = 500

/** True if parsing a JSON text as Lexicon data could give anything but what parsing it as JSON gives. */
export function textMayHoldLexValues(text: string): boolean {
  return (
    text.includes('$') ||
    // A blob of the old form has no `$type`, only `cid` and `mimeType`.
    text.includes('mimeType') ||
    text.includes('__proto__') ||
    // Any of the above, written with escapes.
    text.includes('\\u') ||
    mayBeDeep(text)
  )
}

/** A text is no deeper than it opens arrays and objects. */
function mayBeDeep(text: string): boolean {
  // Each level takes two characters, one to open it and one to close it.
  return text.length > 2 * MAX_DEPTH && count(text, '[') + count(text, '{') > MAX_DEPTH
}

/** How often a character occurs; more than `MAX_DEPTH` is not counted further. */
function count(text: string, character: string): number {
  let found = 0
  let at = text.indexOf(character)
  while (at >= 0 && found <= MAX_DEPTH) {
    found++
    at = text.indexOf(character, at + 1)
  }
  return found
}

/** True if JSON is all that a value holds, so that it need not be converted before it is written as JSON. */
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
  // Not `every`, which passes over holes.
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
    // The one sets the prototype of a copy; the other is what some take for the mark of a CID.
    if (key === '__proto__' || key === '/') return false
  }
  return true
}
