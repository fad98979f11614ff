/**
 * Compares a command's output with the one a document shows. Codes, tokens and identifiers differ in each run: if both
 * have the same shape, the new value replaces the shown one in later commands, as if a reader had copied it.
 */

/** Values shown in a document, with their values in this run. */
export type Learned = Map<string, string>

/** Returns the difference, or undefined. Adds the values of this run to `learned`. */
export function compareOutput(shown: string, actual: string, learned: Learned): string | undefined {
  const expectedJson = parseSample(shown)
  if (expectedJson !== undefined) {
    const actualJson = parseJson(actual)
    if (actualJson === undefined) return `is no JSON: ${actual}`
    const problem = compareJson(expectedJson, actualJson, learned, '')
    return problem === undefined ? undefined : `: ${problem}; all of it:\n${actual}`
  }
  return compareText(shown, actual, learned)
}

/** Replaces shown values by learned ones. */
export function substitute(text: string, learned: Learned): string {
  const shown = [...learned.keys()].sort((a, b) => b.length - a.length)
  return shown.reduce(
    (result, sample) => result.replaceAll(sample, learned.get(sample) ?? ''),
    text,
  )
}

const MORE = '…'

/** JSON in which `,…}` represents further members. */
function parseSample(text: string): unknown {
  return parseJson(
    text.replace(/,?\s*…\s*}/g, (end) => `${end.startsWith(',') ? ',' : ''}"${MORE}":0}`),
  )
}

function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function compareJson(
  shown: unknown,
  actual: unknown,
  learned: Learned,
  at: string,
): string | undefined {
  if (typeof shown === 'string' && typeof actual === 'string') {
    return learn(shown, actual, learned) ? undefined : `${at} is ${JSON.stringify(actual)}`
  }
  if (!isObject(shown) || !isObject(actual)) {
    return shown === actual ? undefined : `${at} is ${JSON.stringify(actual)}`
  }
  if (Array.isArray(shown) !== Array.isArray(actual)) return `${at} is ${JSON.stringify(actual)}`
  for (const [key, value] of Object.entries(shown)) {
    if (key === MORE) continue
    const problem = compareJson(value, actual[key], learned, `${at}.${key}`)
    if (problem !== undefined) return problem
  }
  const extra = Object.keys(actual).filter((key) => !(key in shown))
  return MORE in shown || extra.length === 0 ? undefined : `${at} also has ${extra.join(', ')}`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function compareText(shown: string, actual: string, learned: Learned): string | undefined {
  const expected = lines(shown)
  const present = lines(actual)
  let at = 0
  for (const [index, line] of expected.entries()) {
    if (line.trim() === MORE) {
      // Any number of lines, up to the next expected one.
      const next = expected[index + 1]
      if (next === undefined) return undefined
      while (at < present.length && !sameLine(next, present[at] ?? '', new Map())) at++
      continue
    }
    const got = present[at++]
    if (got === undefined) return `ends before ${JSON.stringify(line)}; all of it:\n${actual}`
    if (!sameLine(line, got, learned)) {
      return `has ${JSON.stringify(got)} where the document has ${JSON.stringify(line)}; all of it:\n${actual}`
    }
  }
  if (at < present.length) return `continues with ${JSON.stringify(present[at])}`
  return undefined
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

function sameLine(shown: string, actual: string, learned: Learned): boolean {
  const [left, right] = [steady(shown), steady(actual)]
  if (left === right) return true
  const words = left.split(/\s+/)
  const others = right.split(/\s+/)
  if (left.includes(MORE) && words.length !== others.length) return wildcard(left).test(right)
  return (
    words.length === others.length &&
    words.every((word, index) => learn(word, others[index] ?? '', learned))
  )
}

/** Removes parts that depend on time and machine: durations, and times of day. */
function steady(line: string): string {
  return line
    .replace(/\b\d+(\.\d+)? ?(ms|s)\b/g, '0 ms')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, '2026-01-01')
}

/**
 * True if a value has the shape of a shown one: equal characters or, in words with digits or dashes, characters of the
 * same kind. `eyJ…4bQ` represents any value with the same beginning that ends in that shape.
 */
function learn(shown: string, actual: string, learned: Learned): boolean {
  if (shown === actual) return true
  if (!hasShape(shown, actual)) return false
  // Punctuation around a word is not part of the copied value.
  const [sample, value] = [bare(shown), bare(actual)]
  learned.set(sample, value)
  return true
}

function hasShape(shown: string, actual: string): boolean {
  const at = shown.indexOf(MORE)
  if (at < 0) return isVolatile(shown) && shape(shown) === shape(actual)
  const head = shown.slice(0, at)
  const tail = shown.slice(at + 1)
  if (actual.length < head.length + tail.length) return false
  const ends = [actual.slice(0, head.length), tail === '' ? '' : actual.slice(-tail.length)]
  return [head, tail].every((end, index) => loose(end) === loose(ends[index] ?? ''))
}

/** True for codes, tokens, DIDs and digests, but not for counts. */
function isVolatile(word: string): boolean {
  return /[a-z2-7]{5}-[a-z2-7]{5}|[a-z2-7]{24}/.test(word) || (word.length >= 8 && /\d/.test(word))
}

function shape(text: string): string {
  return text.replace(/[A-Za-z0-9_]/g, 'x')
}

/** In base64url, dashes can be anywhere. */
function loose(text: string): string {
  return text.replace(/[\w-]/g, 'x')
}

function bare(word: string): string {
  return word.replace(/^["'(]+|["'),.]+$/g, '')
}

function wildcard(line: string): RegExp {
  const parts = line.split(MORE).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
