/**
 * Bodies pass between JSON and the values of the Lexicon data model: `{"$link": …}` becomes a CID, `{"$bytes": …}`
 * bytes, blobs a `BlobRef`. Nearly all bodies hold none of these, and converting would only copy them. These two
 * find out cheaply; on any doubt they say that a body may hold one.
 */

/** Whether parsing a JSON text as Lexicon data could give anything but what parsing it as JSON gives. */
export function textMayHoldLexValues(text: string): boolean {
  return (
    text.includes('$') ||
    // A blob of the old form has no `$type`, only `cid` and `mimeType`.
    text.includes('mimeType') ||
    text.includes('__proto__') ||
    // Any of the above, written with escapes.
    text.includes('\\u')
  )
}

/** Whether JSON is all that a value holds, so that it need not be converted before it is written as JSON. */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return true
    case 'object':
      return value === null || (Array.isArray(value) ? value.every(isPlainJson) : isRecord(value))
    default:
      return false
  }
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value]
    if (member !== undefined && !isPlainJson(member)) return false
    if (key === '__proto__') return false
  }
  return true
}
