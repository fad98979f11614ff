import {
  BlobRef,
  type Lexicons,
  type LexUserType,
  ValidationError,
  type ValidationResult,
} from '@atproto/lexicon'
import { isMediaType } from './blobs.ts'
import { isObject, typeNamed } from './structures.ts'

/** Points in which to follow the written specification, not the library. Source: https://atproto.com/specs/lexicon */
export interface Strictness {
  /** Checks `accept` and `maxSize` of blobs. */
  readonly blobs?: boolean
  /** Validates a record that a ref or union points to as the object it contains. */
  readonly records?: boolean
  /** Fills in defaults inside arrays too. */
  readonly arrayDefaults?: boolean
}

/** The parts of a schema that a review uses. */
interface Schema {
  readonly type: string
  readonly default?: unknown
  readonly ref?: string
  readonly refs?: readonly string[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly record?: Schema
  readonly accept?: readonly string[]
  readonly maxSize?: number
}

interface Place {
  readonly path: string
  /** True if defaults remain to be filled in: the library fills them in everywhere but inside arrays. */
  readonly filling: boolean
}

/** A value as given, and the library's result: a copy if it filled in a default. */
interface Judged {
  readonly given: unknown
  readonly made: unknown
}

/** Reviews a value that the library has accepted, for the points it does not check. */
export class Review {
  readonly #lexicons: Lexicons
  readonly #strict: Strictness

  constructor(lexicons: Lexicons, strict: Strictness) {
    this.#lexicons = lexicons
    this.#strict = strict
  }

  /**
   * Reviews a value against a definition. Returns a copy if a default is filled in. @throws
   * ValidationError
   */
  value(definition: LexUserType, value: Judged, path: string): unknown {
    const schema = definition as unknown as Schema
    const root = schema.type === 'record' && schema.record ? schema.record : schema
    return this.#at(root, value, { path, filling: false })
  }

  result(definition: LexUserType, value: Judged): ValidationResult {
    const path = definition.type === 'record' ? 'Record' : 'Object'
    try {
      return { success: true, value: this.value(definition, value, path) }
    } catch (error) {
      if (error instanceof ValidationError) return { success: false, error }
      throw error
    }
  }

  /**
   * Like {@link value} for a body, message or parameters, which may refer to something other than an object.
   */
  body(schema: object | undefined, value: Judged, path: string): unknown {
    const target = schema && this.#target(schema as Schema, value.given)
    const counts = target?.type === 'object' || target?.type === 'params'
    return counts ? this.#at(target, value, { path, filling: false }) : value.made
  }

  #at(schema: Schema, value: Judged, place: Place): unknown {
    const target = this.#target(schema, value.given)
    switch (target?.type) {
      case 'params':
      case 'object':
        return isObject(value.given) ? this.#object(target, value, place) : value.made
      case 'array':
        return this.#array(target, value.given, place)
      case 'blob':
        this.#blob(target, value.given, place)
    }
    return value.made
  }

  /** The definition that a schema resolves to for a value. */
  #target(schema: Schema, value: unknown): Schema | undefined {
    if (schema.type === 'ref') return this.#definition(schema.ref ?? '')
    if (schema.type !== 'union') return schema
    const name = typeNamed((value as { $type?: unknown } | null)?.$type)
    const ref = schema.refs?.find((ref) => typeNamed(ref) === name)
    return ref === undefined ? undefined : this.#definition(ref)
  }

  #definition(uri: string): Schema | undefined {
    const definition = this.#lexicons.getDef(uri) as Schema | undefined
    return definition?.type === 'record' && this.#strict.records ? definition.record : definition
  }

  #object(schema: Schema, value: Judged, { path, filling }: Place): unknown {
    const given = value.given as object
    const made = value.made as object
    let result = made
    for (const name of Object.keys(schema.properties ?? {})) {
      const property = schema.properties?.[name] as Schema
      const was: unknown = Reflect.get(given, name)
      if (was === null) continue
      const required = schema.required?.includes(name) ?? false
      const now: unknown = Object.hasOwn(made, name) ? Reflect.get(made, name) : was
      const inner = schema.type === 'params' ? name : `${path}/${name}`
      const is =
        was !== undefined
          ? this.#at(property, { given: was, made: now }, { path: inner, filling })
          : filling
            ? this.#fallback(property, required)
            : now
      if (is === now) continue
      if (result === made) result = { ...made }
      ;(result as Record<string, unknown>)[name] = is
    }
    return result
  }

  #array(schema: Schema, value: unknown, { path }: Place): unknown {
    const { items } = schema
    if (!Array.isArray(value) || !items) return value
    const filling = this.#strict.arrayDefaults === true
    let result: unknown[] = value
    for (let index = 0; index < value.length; index++) {
      const was: unknown = value[index]
      const is =
        was !== undefined
          ? this.#at(items, { given: was, made: was }, { path: `${path}/${index}`, filling })
          : filling
            ? this.#fallback(items, true)
            : undefined
      if (is === was) continue
      if (result === value) result = [...value]
      result[index] = is
    }
    return result
  }

  /** The default of a scalar, which applies behind a ref only if the value is required. */
  #fallback(schema: Schema, required: boolean): unknown {
    const target = schema.type === 'ref' && required ? this.#definition(schema.ref ?? '') : schema
    const scalar = target && ['boolean', 'integer', 'string'].includes(target.type)
    return scalar ? target.default : undefined
  }

  #blob({ accept, maxSize }: Schema, value: unknown, { path }: Place): void {
    if (!this.#strict.blobs || !(value instanceof BlobRef)) return
    const { size, mimeType } = value
    if (maxSize !== undefined && size > maxSize) {
      throw new ValidationError(`${path} must not be larger than ${maxSize} bytes`)
    }
    if (!accept || accept.includes('*/*')) return
    if (!accept.some((pattern) => isMediaType(mimeType, pattern))) {
      throw new ValidationError(`${path} must be of one of the types ${accept.join(', ')}`)
    }
  }
}
