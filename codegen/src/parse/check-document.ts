import { isValidNsid } from '@atproto/syntax'
import { type Diagnostic, type DiagnosticCode, diagnostic } from '../report/diagnostic.ts'
import { ALLOWED, FIELDS, type Field, type FieldKind, MAIN_ONLY, type Place } from './language.ts'
import type { LexiconDocument } from './schema.ts'

type Json = unknown
type JsonObject = { readonly [key: string]: Json }
type Path = readonly (string | number)[]

/**
 * Checks that a JSON value is a lexicon document and reports every problem, not only the first. Checks only
 * the form of references; their targets are checked once all documents are read.
 */
export function checkDocument(
  json: Json,
  file: string,
): {
  readonly document?: LexiconDocument
  /**
   * True for JSON that is not meant to be a lexicon document, such as a manifest in the same
   * folder.
   */
  readonly isForeign?: true
  readonly diagnostics: readonly Diagnostic[]
} {
  if (isForeign(json)) return { isForeign: true, diagnostics: [] }
  const checker = new Checker(file)
  checker.document(json)
  const { diagnostics } = checker
  return diagnostics.length === 0
    ? { document: json as LexiconDocument, diagnostics }
    : { diagnostics }
}

class Checker {
  readonly diagnostics: Diagnostic[] = []
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  document(json: Json): void {
    if (isTooDeep(json)) {
      this.#report('invalid-field', [], `This is nested more than ${MAX_DEPTH} levels deep.`)
      return
    }
    if (!isObject(json)) {
      this.#report('not-a-document', [], `Expected a lexicon document, found ${describe(json)}.`)
      return
    }
    if (json.id === undefined) {
      this.#report('not-a-document', [], 'This document has no "id".')
      return
    }
    if (json.lexicon !== 1) {
      this.#report('unsupported-version', ['lexicon'], `Unknown version ${describe(json.lexicon)}.`)
    }
    if (typeof json.id !== 'string' || !isValidNsid(json.id)) {
      this.#report('invalid-nsid', ['id'], `${describe(json.id)} is not a valid NSID.`)
    }
    this.#optional(json, [], 'description', 'string')
    this.#optional(json, [], 'revision', 'integer')
    if (!isObject(json.defs)) {
      const found = json.defs === undefined ? 'nothing' : describe(json.defs)
      this.#report(
        'missing-field',
        ['defs'],
        `"defs" must be an object of definitions, found ${found}.`,
      )
      return
    }
    if (Object.keys(json.defs).length === 0) {
      this.#report('missing-field', ['defs'], 'A document needs a definition.')
    }
    for (const [name, definition] of Object.entries(json.defs)) {
      const path = ['defs', name]
      if (name === '' || name.includes('#')) {
        this.#report('invalid-field', path, `A definition cannot be named ${describe(name)}.`)
      }
      this.#schema(definition, path, name === 'main' ? 'main' : 'definition')
    }
  }

  #schema(json: Json, path: Path, place: Place, only?: string): void {
    if (!isObject(json)) {
      this.#report('invalid-field', path, `Expected a schema object, found ${describe(json)}.`)
      return
    }
    const { type } = json
    if (typeof type !== 'string') {
      this.#report('missing-field', path, 'A schema needs a "type".')
      return
    }
    const allowed = only === undefined ? ALLOWED[place] : [only]
    if (!allowed.includes(type)) {
      if (place === 'definition' && MAIN_ONLY.includes(type)) {
        this.#report('misplaced-definition', [...path, 'type'], `A ${type} must be named "main".`)
      } else {
        const expected = allowed.join(', ')
        this.#report(
          'unknown-type',
          [...path, 'type'],
          `${describe(type)} is not one of: ${expected}.`,
        )
      }
      return
    }
    const itemPlace: Place | undefined =
      type === 'array' && place === 'parameter' ? 'parameter-item' : undefined
    if (type === 'union' && json.closed === true && Array.isArray(json.refs)) {
      if (json.refs.length === 0) {
        this.#report('invalid-field', [...path, 'refs'], 'A closed union needs a member.')
      }
    }
    this.#fields(json, path, type, itemPlace)
  }

  #fields(json: JsonObject, path: Path, type: string, itemPlace?: Place): void {
    for (const [name, field] of Object.entries(FIELDS[type] ?? {})) {
      const isItems = name === 'items' && itemPlace !== undefined
      this.#field(json, path, name, isItems ? { ...field, kind: { schema: itemPlace } } : field)
    }
  }

  #field(json: JsonObject, path: Path, name: string, field: Field): void {
    if (json[name] === undefined) {
      if (field.required) this.#report('missing-field', path, `"${name}" is missing.`)
      return
    }
    this.#optional(json, path, name, field.kind)
  }

  #optional(json: JsonObject, path: Path, name: string, kind: FieldKind): void {
    const value = json[name]
    const at = [...path, name]
    if (value === undefined) return
    if (typeof kind === 'object') {
      if ('schema' in kind) this.#schema(value, at, kind.schema, kind.only)
      else if (!isObject(value)) this.#expected(at, 'an object', value)
      else if ('object' in kind) this.#fields(value, at, kind.object)
      else {
        for (const [key, schema] of Object.entries(value)) {
          this.#schema(schema, [...at, key], kind.schemas)
        }
      }
      return
    }
    switch (kind) {
      case 'string':
      case 'boolean':
        if (typeof value !== kind) this.#expected(at, `a ${kind}`, value)
        return
      case 'integer':
        if (!Number.isSafeInteger(value)) this.#expected(at, 'an integer', value)
        return
      case 'length':
        if (!Number.isSafeInteger(value) || Number(value) < 0) {
          this.#expected(at, 'an integer of 0 or more', value)
        }
        return
      case 'encoding':
        if (typeof value !== 'string' || !isEncoding(value)) {
          this.#expected(at, 'a media type such as "application/json", or a list of them', value)
        }
        return
      case 'ref':
        this.#ref(value, at)
        return
      case 'translations':
        if (!isObject(value)) this.#expected(at, 'an object of texts by language', value)
        else {
          for (const [tag, text] of Object.entries(value)) {
            if (typeof text !== 'string') this.#expected([...at, tag], 'a string', text)
          }
        }
        return
      default:
        if (!Array.isArray(value)) this.#expected(at, 'an array', value)
        else for (const [index, item] of value.entries()) this.#item(kind, item, [...at, index])
    }
  }

  #item(
    kind: 'strings' | 'integers' | 'refs' | 'errors' | 'permissions',
    item: Json,
    at: Path,
  ): void {
    switch (kind) {
      case 'strings':
        if (typeof item !== 'string') this.#expected(at, 'a string', item)
        return
      case 'integers':
        if (!Number.isSafeInteger(item)) this.#expected(at, 'an integer', item)
        return
      case 'refs':
        this.#ref(item, at)
        return
      case 'errors':
        if (!isObject(item)) this.#expected(at, 'an object with a "name"', item)
        else if (typeof item.name !== 'string' || item.name === '') {
          this.#report('missing-field', at, 'An error needs a "name".')
        } else this.#optional(item, at, 'description', 'string')
        return
      case 'permissions':
        if (!isObject(item)) this.#expected(at, 'a permission object', item)
        else if (typeof item.resource !== 'string' || item.resource === '') {
          this.#report('missing-field', at, 'A permission needs a "resource".')
        }
    }
  }

  #ref(value: Json, at: Path): void {
    if (typeof value !== 'string' || !isRef(value)) {
      this.#report('invalid-ref', at, `${describe(value)} is not a reference.`)
    }
  }

  #expected(at: Path, what: string, found: Json): void {
    this.#report('invalid-field', at, `Expected ${what}, found ${describe(found)}.`)
  }

  #report(code: DiagnosticCode, path: Path, message: string): void {
    this.diagnostics.push(diagnostic(code, { file: this.#file, path }, message))
  }
}

/** `#name`, `nsid` or `nsid#name`, each with an optional `lex:` in front. */
function isRef(ref: string): boolean {
  const [nsid = '', name, ...more] = ref.replace(/^lex:/, '').split('#')
  if (more.length > 0 || name === '') return false
  return nsid === '' ? name !== undefined : isValidNsid(nsid)
}

/** One media type or a comma-separated list; wildcards are allowed, parameters are not. */
function isEncoding(encoding: string): boolean {
  return encoding.split(',').every((part) => MEDIA_TYPE.test(part.trim()))
}

/** RFC 6838, section 4.2, with wildcards. */
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+*-]+\/[A-Za-z0-9!#$&^_.+*-]+$/

/** Far above any real document, and far below what overflows the stack of a recursive function. */
const MAX_DEPTH = 200

/** True for JSON nested deeper than a document may be. */
export function isTooDeep(json: Json): boolean {
  let level: Json[] = [json]
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    )
    if (level.length === 0) return false
  }
  return true
}

function isForeign(json: Json): boolean {
  if (!isObject(json)) return true
  return json.lexicon === undefined || (json.id === undefined && json.defs === undefined)
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describe(value: Json): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
