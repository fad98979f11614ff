/** Checks of structures for generated validators. */

/** True if a value is an array of an allowed length and the check returns something truthy for every item. */
export function isArrayOf(
  value: unknown,
  check: (item: unknown) => unknown,
  minLength = 0,
  maxLength: number = Number.POSITIVE_INFINITY,
): boolean {
  if (!Array.isArray(value) || value.length > maxLength || value.length < minLength) return false
  for (let index = 0; index < value.length; index++) {
    if (!check(value[index])) return false
  }
  return true
}

export function maybeArrayOf(
  value: unknown,
  check: (item: unknown) => unknown,
  minLength?: number,
  maxLength?: number,
): boolean {
  return value === undefined || isArrayOf(value, check, minLength, maxLength)
}

/**
 * Maps an array: returns the same array if nothing changed, otherwise a copy. `undefined` if it is not an array,
 * its length is not allowed, or the function returns `undefined` for an item.
 */
export function replaceItems(
  value: unknown,
  replace: (item: unknown) => unknown,
  minLength = 0,
  maxLength: number = Number.POSITIVE_INFINITY,
): unknown[] | undefined {
  if (!Array.isArray(value) || value.length > maxLength || value.length < minLength)
    return undefined
  let result: unknown[] = value
  for (let index = 0; index < value.length; index++) {
    const replaced = replace(value[index])
    if (replaced === undefined) return undefined
    if (replaced === value[index]) continue
    if (result === value) result = [...value]
    result[index] = replaced
  }
  return result
}

/** A copy of a value with one property set; sets it in place if `result` is already a copy. */
export function assigned(value: object, result: object, key: string, to: unknown): object {
  const copy = (result === value ? { ...value } : result) as Record<string, unknown>
  copy[key] = to
  return copy
}

/**
 * The name in a `$type`, normalised: without `lex:` and without `#main`. `undefined` if it cannot name a type, or
 * if `@atproto/lexicon` throws on it (`#name` alone, or two `#`).
 */
export function typeNamed($type: unknown): string | undefined {
  if (typeof $type !== 'string') return undefined
  const bare = $type.startsWith('lex:') ? $type.slice(4) : $type
  const hash = $type.indexOf('#')
  if (hash < 0) return bare
  if (hash === 0 || $type.includes('#', hash + 1)) return undefined
  return bare.endsWith('#main') ? bare.slice(0, -5) : bare
}

export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

export function isString(value: unknown): boolean {
  return typeof value === 'string'
}

export function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}

export function maybeObject(value: unknown): boolean {
  return value === undefined || isObject(value)
}

export function maybeString(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

export function maybeBoolean(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean'
}

export function maybeInteger(value: unknown): boolean {
  return value === undefined || Number.isInteger(value)
}

/** True if a value is an integer within the inclusive range. */
export function isIntegerIn(value: unknown, minimum: number, maximum: number): boolean {
  return Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum
}

export function maybeIntegerIn(value: unknown, minimum: number, maximum: number): boolean {
  return value === undefined || isIntegerIn(value, minimum, maximum)
}

/** The check of a type without values in the library, such as a token. */
export function acceptsNothing(_value: unknown): undefined {
  return undefined
}

export function isBytes(value: unknown, minLength?: number, maxLength?: number): boolean {
  return (
    value instanceof Uint8Array &&
    (maxLength === undefined || value.byteLength <= maxLength) &&
    (minLength === undefined || value.byteLength >= minLength)
  )
}

export function maybeBytes(value: unknown, minLength?: number, maxLength?: number): boolean {
  return value === undefined || isBytes(value, minLength, maxLength)
}
