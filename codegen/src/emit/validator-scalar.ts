import type { ScalarType } from '../ir/model.ts'
import { type Code, code, join } from './code.ts'
import { checks, platform } from './runtime-symbols.ts'
import type { Strictness } from './strictness.ts'

/** A condition on a value, as code. */
export type Rule =
  | Check
  /**
   * `x` occurs once in the condition; further mentions use `again`, so that `x` may be an assignment to it.
   * `alone` is a function for this condition only, used where a function is needed.
   */
  | {
      readonly condition: (x: Code, again: Code) => Code
      readonly repeats?: boolean
      readonly alone?: Check
    }

/** A condition as a call, which holds if the result is truthy. */
export interface Check {
  readonly check: Code
  /** Further arguments of the function: `, 1, 100`. */
  readonly more?: Code
  /** The variant of the function that also accepts `undefined`. */
  readonly orAbsent?: Code
}

/** The rules of a type without values. */
export const NEVER: readonly Rule[] = [{ condition: () => code`false` }]

/**
 * The rules by which `@atproto/lexicon` accepts a value of a scalar type. They decide only between yes and no, so
 * they are ordered by cost, not in the library's order of messages. The first one establishes the type.
 */
export function scalarRules(type: ScalarType, strict: Strictness): readonly Rule[] {
  if ('enum' in type && type.enum?.length === 0) return NEVER
  switch (type.type) {
    case 'boolean':
      return type.const === undefined
        ? [typeIs('boolean', checks.isBoolean, checks.maybeBoolean)]
        : [equals(type.const)]
    case 'integer':
      return integerRules(type)
    case 'string':
      return stringRules(type)
    case 'bytes':
      return [bySelf(checks.isBytes, checks.maybeBytes, boundsOf(type))]
    case 'cid-link':
      return [bySelf(checks.isCid, checks.maybeCid)]
    case 'blob':
      return [bySelf(checks.isBlob, checks.maybeBlob, strict.blobs ? blobLimits(type) : undefined)]
    case 'unknown':
      return [bySelf(checks.isObject, checks.maybeObject)]
  }
}

/** A single call equivalent to the rules, if there is one; `//= isHandle` */
export function checkOf(rules: readonly Rule[]): Check | undefined {
  const [only, ...more] = rules
  if (!only || more.length > 0) return undefined
  return 'check' in only ? only : only.alone
}

function integerRules(type: ScalarType & { readonly type: 'integer' }): Rule[] {
  const { minimum, maximum } = type
  const bounded = minimum !== undefined && maximum !== undefined
  // A value equal to an integer is one.
  const listed = [...given(type.const, equals), ...given(type.enum, isOneOf)]
  const isInteger = {
    check: code`${platform.Number}.isInteger`,
    orAbsent: code`${checks.maybeInteger}`,
  }
  return [
    ...listed,
    ...(bounded
      ? [bySelf(checks.isIntegerIn, checks.maybeIntegerIn, code`, ${minimum}, ${maximum}`)]
      : listed.length > 0
        ? []
        : [isInteger]),
    ...given(bounded ? undefined : minimum, (min) => rule((x) => code`${x} >= ${min}`)),
    ...given(bounded ? undefined : maximum, (max) => rule((x) => code`${x} <= ${max}`)),
  ]
}

/** Each of these rules accepts strings only. */
function stringRules(type: ScalarType & { readonly type: 'string' }): Rule[] {
  const { hasAtMostBytes, maybeAtMostBytes, hasAtLeastBytes, hasAtMostGraphemes } = checks
  const { maxLength, maxGraphemes } = type
  const rules = [
    ...given(type.const, equals),
    ...given(type.enum, isOneOf),
    ...given(maxLength, (max) =>
      bySelf(hasAtMostBytes, maybeAtMostBytes, bounds(max, maxGraphemes)),
    ),
    ...given(type.minLength, (min) => bySelf(hasAtLeastBytes, undefined, code`, ${min}`)),
    ...given(maxLength === undefined ? maxGraphemes : undefined, (max) =>
      bySelf(hasAtMostGraphemes, undefined, code`, ${max}`),
    ),
    ...given(type.minGraphemes, (min) =>
      bySelf(checks.hasAtLeastGraphemes, undefined, code`, ${min}`),
    ),
    ...formatRules(type.format),
  ]
  return rules.length > 0 ? rules : [typeIs('string', checks.isString, checks.maybeString)]
}

function bounds(first: number, second: number | undefined): Code {
  return second === undefined ? code`, ${first}` : code`, ${first}, ${second}`
}

/** `, 1000000, ['image/*']` */
function blobLimits({ accept, maxSize }: ScalarType & { readonly type: 'blob' }): Code | undefined {
  if (accept === undefined || accept.includes('*/*')) {
    return maxSize === undefined ? undefined : code`, ${maxSize}`
  }
  const patterns = accept.map((pattern) => code`${pattern}`)
  return code`, ${maxSize ?? code`undefined`}, [${join(patterns, ', ')}]`
}

/** `, 1, 8` for the allowed lengths of bytes and arrays, or nothing. */
export function boundsOf(type: {
  readonly minLength?: number
  readonly maxLength?: number
}): Code | undefined {
  const { minLength, maxLength } = type
  if (maxLength !== undefined) return code`, ${minLength ?? 0}, ${maxLength}`
  return minLength === undefined ? undefined : code`, ${minLength}`
}

/** Unknown formats always pass, as in the library. */
function formatRules(format: string | undefined): Rule[] {
  const rule = format !== undefined && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  return rule ? [rule] : []
}

const FORMATS: Readonly<Record<string, Rule>> = {
  'at-identifier': bySelf(checks.isAtIdentifier, checks.maybeAtIdentifier),
  'at-uri': bySelf(checks.isAtUri, checks.maybeAtUri),
  cid: bySelf(checks.isCidText, checks.maybeCidText),
  datetime: bySelf(checks.isDatetime, checks.maybeDatetime),
  did: bySelf(checks.isDid, checks.maybeDid),
  handle: bySelf(checks.isHandle, checks.maybeHandle),
  language: bySelf(checks.isLanguage),
  nsid: bySelf(checks.isNsid),
  'record-key': bySelf(checks.isRecordKey),
  tid: bySelf(checks.isTid),
  uri: bySelf(checks.isUri, checks.maybeUri),
}

type Imported = (typeof checks)[keyof typeof checks]

function bySelf(check: Imported, orAbsent?: Imported, more?: Code): Check {
  return {
    check: code`${check}`,
    ...(orAbsent && { orAbsent: code`${orAbsent}` }),
    ...(more && { more }),
  }
}

function rule(condition: (x: Code) => Code): Rule {
  return { condition }
}

function typeIs(type: 'boolean' | 'string', check: Imported, orAbsent: Imported): Rule {
  return { condition: (x) => code`typeof ${x} === ${type}`, alone: bySelf(check, orAbsent) }
}

function equals(only: string | number | boolean): Rule {
  return rule((x) => code`${x} === ${only}`)
}

function isOneOf(values: readonly (string | number)[]): Rule {
  const distinct = [...new Set(values)]
  const condition = (x: Code, again: Code): Code => {
    const hits = distinct.map((value, index) => code`${index === 0 ? x : again} === ${value}`)
    return hits.length > 1 ? code`(${join(hits, ' || ')})` : join(hits, '')
  }
  return { condition, repeats: distinct.length > 1 }
}

function given<T>(constraint: T | undefined, toRule: (constraint: T) => Rule): Rule[] {
  return constraint === undefined ? [] : [toRule(constraint)]
}
