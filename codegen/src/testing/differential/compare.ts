import { isNativeError } from 'node:util/types'
import type { Lexicons } from '@atproto/lexicon'

/** An entry point of a registry: a method and the URI to call it with. */
export interface Entrance {
  readonly method:
    | 'validate'
    | 'assertValidRecord'
    | 'assertValidXrpcParams'
    | 'assertValidXrpcInput'
    | 'assertValidXrpcOutput'
    | 'assertValidXrpcMessage'
  readonly uri: string
}

/** Outcome of a call: a value or a thrown error. */
export type Outcome = { readonly value: unknown } | { readonly thrown: unknown }

export function call(lexicons: Lexicons, { method, uri }: Entrance, value: unknown): Outcome {
  try {
    return { value: lexicons[method](uri, value) }
  } catch (thrown) {
    return { thrown }
  }
}

/** The value, if the outcome is an acceptance. */
export function accepted(outcome: Outcome): { readonly value: unknown } | undefined {
  if ('thrown' in outcome) return undefined
  const result = outcome.value as
    | { success?: unknown; value?: unknown; error?: unknown }
    | undefined
  if (result?.success === false && isNativeError(result.error)) return undefined
  return result?.success === true && Object.keys(result).join() === 'success,value'
    ? { value: result.value }
    : outcome
}

/**
 * Describes how the second outcome differs from the first; `undefined` if it does not. Compares the verdict, class
 * and message of an error, and the value: identical objects must stay identical, and copies must be of the same kind
 * with the same keys in the same order.
 */
export function difference(expected: Outcome, actual: Outcome): string | undefined {
  if ('thrown' in expected || 'thrown' in actual) {
    if (!('thrown' in expected))
      return `accepted, but ours threw ${text((actual as { thrown: unknown }).thrown)}`
    if (!('thrown' in actual)) return `threw ${text(expected.thrown)}, but ours accepted`
    return differenceOfErrors(expected.thrown, actual.thrown)
  }
  return differenceOfValues(expected.value, actual.value, 'result')
}

function differenceOfErrors(expected: unknown, actual: unknown): string | undefined {
  if (expected === actual) return undefined
  const isSame =
    // Not `instanceof`: errors of Node and of the test come from different realms.
    isNativeError(expected) &&
    isNativeError(actual) &&
    expected.constructor === actual.constructor &&
    // Stack depth and V8's wording are not part of the verdict.
    expected.message === actual.message
  return isSame ? undefined : `threw ${text(expected)}, but ours threw ${text(actual)}`
}

function differenceOfValues(expected: unknown, actual: unknown, path: string): string | undefined {
  if (Object.is(expected, actual)) return undefined
  if (typeof expected !== 'object' || typeof actual !== 'object' || !expected || !actual) {
    return `${path}: ${text(expected)}, but ours gave ${text(actual)}`
  }
  if (isNativeError(expected)) return differenceOfErrors(expected, actual)
  const prototypes = [Object.getPrototypeOf(expected), Object.getPrototypeOf(actual)]
  const inherited = differenceOfValues(prototypes[0], prototypes[1], `${path}.[[Prototype]]`)
  if (inherited) return inherited
  const keys = Reflect.ownKeys(expected)
  const ours = Reflect.ownKeys(actual)
  if (keys.length !== ours.length || keys.some((key, index) => key !== ours[index])) {
    return `${path}: keys ${keys.map(String)}, but ours has ${ours.map(String)}`
  }
  for (const key of keys) {
    const one = Object.getOwnPropertyDescriptor(expected, key)
    const other = Object.getOwnPropertyDescriptor(actual, key)
    if (one?.get !== other?.get || one?.writable !== other?.writable) {
      return `${path}.${String(key)}: another kind of property`
    }
    const inner = differenceOfValues(one?.value, other?.value, `${path}.${String(key)}`)
    if (inner) return inner
  }
  return undefined
}

function text(value: unknown): string {
  if (isNativeError(value)) return `${value.constructor.name}: ${value.message}`.slice(0, 300)
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 300)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
