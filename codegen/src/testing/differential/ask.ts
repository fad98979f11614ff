import { ValidationError } from '@atproto/lexicon'
import { expect } from '@jest/globals'
import { accepted, call, difference, type Entrance } from './compare.ts'
import { type Pair, pairOf } from './compile.ts'

/** The NSID in tests of single verdicts. */

export const NSID: string = 'com.example.it'
export const OTHER: string = 'com.example.other'

export type Schema = Readonly<Record<string, unknown>>
export const object: (properties: Schema, rest?: Schema) => Schema = (
  properties: Schema,
  rest: Schema = {},
): Schema => ({
  type: 'object',
  ...rest,
  properties,
})

export function documents(defs: Schema, others: Schema = {}): object[] {
  const all = [{ lexicon: 1, id: NSID, defs }]
  return Object.keys(others).length > 0 ? [...all, { lexicon: 1, id: OTHER, defs: others }] : all
}

/** Runs both, compares them, and returns the value or the error's message. */
export function ask(pair: Pair, entrance: Entrance, value: unknown): unknown {
  const expected = call(pair.reference, entrance, value)
  expect(difference(expected, call(pair.compiled, entrance, value))).toBeUndefined()
  const yes = accepted(expected)
  if (yes) return yes.value
  return 'thrown' in expected ? expected.thrown : (expected.value as { error: unknown }).error
}

/** Validates a value against one schema, as the property `a` of an object. */
export function property(
  schema: Schema,
  value: unknown,
  rest: Schema = { required: ['a'] },
  defs: Schema = {},
): unknown {
  const pair = pairOf(documents({ view: object({ a: schema }, rest), ...defs }))
  return ask(pair, { method: 'validate', uri: `${NSID}#view` }, value)
}

export const passes: (schema: Schema, a: unknown) => void = (schema: Schema, a: unknown): void => {
  const value = { a }
  expect(property(schema, value)).toBe(value)
}
export const fails: (schema: Schema, a: unknown, message: string) => void = (
  schema: Schema,
  a: unknown,
  message: string,
): void => {
  const error = property(schema, { a })
  expect(error).toBeInstanceOf(ValidationError)
  expect((error as Error).message).toBe(message)
}
export const messageOf: (error: unknown) => string = (error: unknown): string =>
  error instanceof Error ? error.message : 'a yes'
