import { addressOf } from '../ir/references.ts'
import type { Definition, LexiconDocument, ObjectSchema, Schema } from '../parse/schema.ts'
import type { Scope } from './change.ts'
import { compareConstraints } from './constraints.ts'

type Documents = ReadonlyMap<string, LexiconDocument>
type Members = Pick<ObjectSchema, 'required' | 'nullable' | 'properties'>

/**
 * The position of two schemas: the documents their references are relative to, and the location to
 * report.
 */
interface At {
  readonly nsid: string
  /** The document of the old schema, if different. */
  readonly oldNsid?: string
  readonly scope: Scope
  /** True if members are parameters, which are text and may be repeated. */
  readonly parameters?: boolean
}

/** Compares the values that two schemas allow. */
export class SchemaComparer {
  readonly #old: Documents
  readonly #new: Documents
  /** Pairs of definitions being compared, where recursion ends. */
  readonly #open = new Set<string>()

  constructor(old: Documents, fresh: Documents) {
    this.#old = old
    this.#new = fresh
  }

  compare(was: Schema, is: Schema, at: At): void {
    if (was.type === 'ref' || is.type === 'ref') this.#references(was, is, at)
    else if (was.type !== is.type) this.#typeChange(was, is, at)
    else if (was.type === 'object' && is.type === 'object') this.members(was, is, at)
    else if (was.type === 'union' && is.type === 'union') this.#unions(was, is, at)
    else {
      compareConstraints(was, is, at.scope)
      if (was.type === 'array' && is.type === 'array') {
        this.compare(was.items, is.items, { ...at, scope: at.scope.at('items') })
      }
    }
  }

  /** Compares properties or parameters by name. */
  members(was: Members, is: Members, at: At): void {
    const before = Object.entries(was.properties ?? {})
    const after = is.properties ?? {}
    for (const [name, old] of before) {
      const scope = at.scope.at('properties', name)
      const fresh = Object.hasOwn(after, name) ? after[name] : undefined
      if (fresh) {
        this.#member(name, { was, is }, { ...at, scope })
        this.compare(old, fresh, { ...at, scope })
      } else {
        const needed = was.required?.includes(name) ?? false
        const rule = needed ? 'required-property-removed' : 'property-removed'
        scope.tell(rule, `${name} is gone`)
      }
    }
    for (const [name, fresh] of Object.entries(after)) {
      if (Object.hasOwn(was.properties ?? {}, name)) continue
      const scope = at.scope.at('properties', name)
      const needed = (is.required?.includes(name) ?? false) && defaultOf(fresh) === undefined
      scope.tell(
        needed ? 'required-property-added' : 'property-added',
        `${name} is new${needed ? ' and required' : ''}`,
      )
    }
  }

  #member(
    name: string,
    { was, is }: { readonly was: Members; readonly is: Members },
    { scope }: At,
  ): void {
    const filled = defaultOf(was.properties?.[name]) !== undefined
    const stillFilled = defaultOf(is.properties?.[name]) !== undefined
    // A property with a default is always present for receivers, and never required from senders.
    const needed = (was.required?.includes(name) ?? false) && !filled
    const stillNeeded = (is.required?.includes(name) ?? false) && !stillFilled
    if (!needed && stillNeeded) scope.tell('became-required', `${name} is required now`)
    if (needed && !stillNeeded && !stillFilled) {
      scope.tell('became-optional', `${name} is optional now`)
    }
    const nullable = was.nullable?.includes(name) ?? false
    const stillNullable = is.nullable?.includes(name) ?? false
    if (!nullable && stillNullable) scope.tell('became-nullable', `${name} may be null now`)
    if (nullable && !stillNullable) scope.tell('no-longer-nullable', `${name} may not be null`)
  }

  #typeChange(was: Schema, is: Schema, at: At): void {
    if (at.parameters && is.type === 'array' && is.items.type === was.type) {
      at.scope.tell('became-repeatable', `may be given more than once now`)
      compareConstraints(was, is.items, at.scope.at('items'))
    } else at.scope.tell('type-changed', `is of type ${is.type}, was ${was.type}`)
  }

  /**
   * References to the same definition are equal, since it is compared separately; others are compared by
   * their targets.
   */
  #references(was: Schema, is: Schema, at: At): void {
    const from = this.#resolve(was, at.oldNsid ?? at.nsid, this.#old)
    const to = this.#resolve(is, at.nsid, this.#new)
    if (from.key !== undefined && from.key === to.key) return
    const pair = `${from.key} ${to.key}`
    if (this.#open.has(pair)) return
    if (!from.schema || !to.schema) {
      at.scope.tell('type-changed', `refers to ${to.key ?? is.type}, was ${from.key ?? was.type}`)
      return
    }
    this.#open.add(pair)
    this.compare(from.schema, to.schema, {
      nsid: to.nsid,
      oldNsid: from.nsid,
      scope: to.key === undefined ? at.scope : at.scope.fixed(),
    })
    this.#open.delete(pair)
  }

  #resolve(
    schema: Schema,
    nsid: string,
    documents: Documents,
  ): { readonly schema?: Schema; readonly nsid: string; readonly key?: string } {
    if (schema.type !== 'ref') return { schema, nsid }
    const target = addressOf(schema.ref, nsid)
    const found = documents.get(target.nsid)?.defs[target.name]
    const key = `${target.nsid}#${target.name}`
    const value = found && valueBehind(found)
    return { ...(value && { schema: value }), nsid: target.nsid, key }
  }

  #unions(
    was: Extract<Schema, { type: 'union' }>,
    is: Extract<Schema, { type: 'union' }>,
    { nsid, oldNsid = nsid, scope }: At,
  ): void {
    const before = was.refs.map((ref) => uri(ref, oldNsid))
    const after = is.refs.map((ref) => uri(ref, nsid))
    if (!was.closed && is.closed) scope.tell('union-closed', 'the union is closed now')
    if (was.closed && !is.closed) scope.tell('union-opened', 'the union is open now')
    const lost = before.filter((member) => !after.includes(member))
    const gained = after.filter((member) => !before.includes(member))
    const at = scope.at('refs')
    if (was.closed && is.closed) {
      if (lost.length > 0) at.tell('closed-member-removed', `${lost.join(', ')} is gone`)
      if (gained.length > 0) at.tell('closed-member-added', `${gained.join(', ')} is new`)
    } else if (lost.length + gained.length > 0 && !was.closed && !is.closed) {
      const parts = [...gained.map((one) => `+${one}`), ...lost.map((one) => `-${one}`)]
      at.tell('open-members-changed', parts.join(' '))
    }
  }
}

/** Schema of the value that a definition describes; undefined for methods and other non-values. */
function valueBehind(definition: Definition): Schema | undefined {
  if (definition.type === 'record') return definition.record
  switch (definition.type) {
    case 'query':
    case 'procedure':
    case 'subscription':
    case 'permission-set':
    case 'token':
      return undefined
    default:
      return definition
  }
}

function uri(ref: string, nsid: string): string {
  const target = addressOf(ref, nsid)
  return target.name === 'main' ? target.nsid : `${target.nsid}#${target.name}`
}

function defaultOf(schema: Schema | undefined): unknown {
  return schema && 'default' in schema ? schema.default : undefined
}
