import type { ValidationResult } from '@atproto/lexicon'

/**
 * Types and guards around `$type`, exported by the generated `util.ts`. Names and behaviour match the module
 * of that name written by `@atproto/lex-cli`.
 */

export type OmitKey<T, K extends keyof T> = { [P in keyof T as P extends K ? never : P]: T[P] }

/** A value with a `$type`, as members of unions require. */
export type $Typed<V, T extends string = string> = V & { $type: T }

export type Un$Typed<V extends { $type?: string }> = OmitKey<V, '$type'>

/** The `$type` of a definition: the NSID for `main`, else `nsid#name`. */
export type $Type<Id extends string, Hash extends string> = Hash extends 'main'
  ? Id
  : `${Id}#${Hash}`

/** The type that V narrows to once its `$type` is known: the matching member of a union, or V with that `$type`. */
export type $TypedObject<V, Id extends string, Hash extends string> = Narrowed<V, $Type<Id, Hash>>

type Narrowed<V, Type extends string> = V extends { $type: Type }
  ? V
  : V extends { $type?: string }
    ? V extends { $type?: infer T extends Type }
      ? V & { $type: T }
      : never
    : V & { $type: Type }

/** True if a value is an object whose `$type` names the definition. Checks nothing else. */
export function is$typed<V, Id extends string, Hash extends string>(
  v: V,
  id: Id,
  hash: Hash,
): v is $TypedObject<V, Id, Hash> {
  return isObject(v) && '$type' in v && isType(v.$type, id, hash)
}

/** Like {@link is$typed}, but also true for objects without `$type`. */
export function maybe$typed<V, Id extends string, Hash extends string>(
  v: V,
  id: Id,
  hash: Hash,
): v is V & object & { $type?: $Type<Id, Hash> } {
  return isObject(v) && (!('$type' in v) || v.$type === undefined || isType(v.$type, id, hash))
}

declare const unknown$Type: unique symbol

/**
 * A `$type` outside an open union; any string at run time. In the type system it is a distinct literal, so that
 * comparing `$type` narrows the union to one member.
 */
export type $UnknownType = '(unknown)' & { readonly [unknown$Type]: true }

/** Values of an open union besides its members. */
export interface $Unknown {
  $type: $UnknownType
}

/** Marks a value of an open union as one that the union does not list. */
export function unknown$typed<V extends { $type: string }>(v: V): Omit<V, '$type'> & $Unknown {
  return v as unknown as Omit<V, '$type'> & $Unknown
}

/** Checks `$type` alone, and narrows to the type T of a definition. */
export type Guard<T extends { $type?: string }> = <V>(
  v: V,
) => v is Narrowed<V, NonNullable<T['$type']>>

/** The guard of one definition. */
export function guard<T extends { $type?: string }>(id: string, hash: string): Guard<T> {
  return <V>(v: V): v is Narrowed<V, NonNullable<T['$type']>> => is$typed(v, id, hash)
}

/** Validates a value; returns it with defaults filled in, or the error. */
export type Validate<T> = <V>(v: V) => ValidationResult<T & V>

/** The `validate` of generated documents. */
type ValidateById = <T extends { $type?: string }>(
  v: unknown,
  id: string,
  hash: string,
  requiredType?: boolean,
) => ValidationResult<T>

/** The validation of one definition; that of a record requires `$type`. */
export function validation<T>(
  validate: ValidateById,
  id: string,
  hash: string,
  requiredType?: boolean,
): Validate<T> {
  return <V>(v: V) => validate(v, id, hash, requiredType) as ValidationResult<T & V>
}

/** Throws unless a value is valid. Does not fill in defaults. */
export type Assert<T> = (v: unknown) => asserts v is T

/** The assertion for a validation. */
export function assertion<T>(validate: Validate<T>): Assert<T> {
  return (v) => assertValid(validate(v))
}

export type Validator<R = unknown> = (v: unknown) => ValidationResult<R>

export type ValidatorParam<V extends Validator> = V extends Validator<infer R> ? R : never

/** Turns a `validateX` function into a type predicate. */
export function asPredicate<V extends Validator>(
  validate: V,
): <T>(v: T) => v is T & ValidatorParam<V> {
  return <T>(v: T): v is T & ValidatorParam<V> => validate(v).success
}

/** @throws ValidationError if the result is a failure */
export function assertValid(result: ValidationResult): void {
  if (!result.success) throw result.error
}

function isType(value: unknown, id: string, hash: string): boolean {
  return value === (hash === 'main' ? id : `${id}#${hash}`)
}

function isObject<V>(v: V): v is V & object {
  return typeof v === 'object' && v !== null
}
