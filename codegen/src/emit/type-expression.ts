import { METHOD_EXPORTS } from '../ir/build.ts'
import type {
  Address,
  DefinitionModel,
  DocumentModel,
  Model,
  PropertyModel,
  ScalarType,
  UnionType,
  ValueType,
} from '../ir/model.ts'
import { NameScope, titleCase } from '../ir/names.ts'
import { Code, code, docs, join, key, name } from './code.ts'
import { objectType, type Property, typeAlias } from './declarations.ts'
import { describedProperty } from './facts.ts'
import { type Declarations, documentModule, together } from './module.ts'
import { FORMAT_TYPES, lexicon, multiformats, output, platform } from './runtime-symbols.ts'
import type { TypeStyle } from './type-style.ts'

/** How a type shows properties with a default. */
export type Defaults = 'filled-in' | 'optional'

/** The position of a type. */
export interface Place {
  /** The enclosing declaration, which names the unions in it. */
  readonly owner: string
  /** Default `filled-in`. */
  readonly defaults?: Defaults
}

/** Writes the TypeScript type of values, relative to the module of one document. */
export class TypeWriter {
  readonly #documents: ReadonlyMap<string, DocumentModel>
  readonly #here: DocumentModel
  readonly #style: TypeStyle
  readonly #scope: NameScope
  /** The names of unions; types with defaults are written twice, but share their unions. */
  readonly #unions = new Map<UnionType, Code>()
  #declared: Declarations[] = []

  constructor(model: Model, here: DocumentModel, style: TypeStyle) {
    this.#documents = documentsOf(model)
    this.#here = here
    this.#style = style
    this.#scope = new NameScope(namesIn(here))
  }

  /**
   * ```ts
   * //= 'a' | 'b' | (string & {})
   * //= (string | null)[]
   * //= $Typed<ComExampleOther.Main> | $Unknown
   * ```
   */
  value(type: ValueType, place: Place): Code {
    switch (type.type) {
      case 'array': {
        const owner = `${place.owner}Item`
        // Validation does not fill in defaults inside arrays.
        const items = this.#part(type.items, { owner, defaults: 'optional' })
        return isUnionLike(type.items) ? code`(${items})[]` : code`${items}[]`
      }
      case 'object':
        return objectType(this.properties(type.properties, place))
      case 'ref':
        return this.reference(type.target)
      case 'union':
        return union(this.#alternatives(type))
      case 'token':
        return code`${type.uri}`
      default:
        return scalar(type, this.#style)
    }
  }

  /** The type of a body, for which the library accepts any object if it refers to something without values. */
  body(type: ValueType, place: Place): Code {
    const written = this.value(type, place)
    return written === NEVER ? ANY_OBJECT : written
  }

  properties(properties: readonly PropertyModel[], place: Place): readonly Property[] {
    return properties.map((one) => this.property(one, place))
  }

  /** `//= limit?: number`, with its description above. */
  property(property: PropertyModel, { owner, defaults = 'filled-in' }: Place): Property {
    const present = property.required || (property.hasDefault && defaults === 'filled-in')
    // Most properties contain no union that needs a name.
    const inner = MAY_HOLD_UNIONS.has(property.type.type) ? owner + titleCase(property.name) : owner
    const type = this.#part(property.type, { owner: inner, defaults })
    return {
      name: key(property.name),
      hasQuestionToken: !present,
      type: property.nullable ? union([type, code`null`]) : type,
      docs: docs(describedProperty(property)),
    }
  }

  /** The unions named since the last call. */
  takeUnions(): Declarations {
    const taken = together(this.#declared)
    this.#declared = []
    return taken
  }

  /** A type inside another, where unions are named. */
  #part(type: ValueType, place: Place): Code {
    if (type.type !== 'union') return this.value(type, place)
    const known = this.#unions.get(type)
    if (known) return known
    const alternatives = this.#alternatives(type)
    if (alternatives.length < 2) return union(alternatives)
    const identifier = this.#scope.take(place.owner)
    this.#unions.set(type, name(identifier))
    const statements = [typeAlias(identifier, union(alternatives))]
    this.#declared.push({ declares: [identifier], statements })
    return name(identifier)
  }

  #alternatives({ closed, variants }: UnionType): readonly Code[] {
    const members = variants
      .filter((variant) => this.#mayBeMember(variant))
      .map((variant) => code`${output.$Typed}<${this.reference(variant)}>`)
    if (closed) return members
    const other = this.#style.narrowUnions ? new Code([output.$Unknown]) : code`{ $type: string }`
    return [...members, other]
  }

  /** True if a definition can have values with a `$type`: strings, tokens and arrays never do. */
  #mayBeMember({ nsid, name: hash }: Address): boolean {
    const document = this.#documents.get(nsid)
    const definition = document?.definitions.find((candidate) => candidate.name === hash)
    return isTyped(definition) && !WITHOUT_TYPE.has(definition.type.type)
  }

  /** `//= ComAtprotoRepoStrongRef.Main`, or the bare name within one document. */
  reference(target: Address): Code {
    const document = this.#documents.get(target.nsid)
    const definition = document?.definitions.find((candidate) => candidate.name === target.name)
    // The parser accepts a reference to a method or a permission set, but no value can match it.
    if (!document || !isTyped(definition)) return NEVER
    if (document === this.#here) return name(definition.names.type)
    const module = documentModule(document, true)
    return code`${module}.${name(definition.names.type)}`
  }
}

const NEVER = code`never`
const ANY_OBJECT = code`{ [_ in string]: unknown }`

/** True for a definition whose module has a type for it: methods and permission sets describe no values. */
function isTyped(definition: DefinitionModel | undefined): definition is DefinitionModel {
  return definition !== undefined && definition.kind !== 'permission-set'
}

const MAY_HOLD_UNIONS: ReadonlySet<string> = new Set(['array', 'object', 'union'])

const WITHOUT_TYPE: ReadonlySet<string> = new Set([
  'array',
  'boolean',
  'cid-link',
  'integer',
  'string',
  'token',
])

/** Alternatives on one line, or one per line if that gets too long. */
export function union(alternatives: readonly Code[]): Code {
  if (alternatives.length === 0) return NEVER
  const inline = join(alternatives, ' | ')
  if (inline.width <= 80 || alternatives.length === 1) return inline
  return join([code``, ...alternatives], '\n  | ')
}

function scalar(type: ScalarType, { formatTypes }: TypeStyle): Code {
  switch (type.type) {
    case 'boolean':
      return type.const === undefined ? code`boolean` : code`${type.const}`
    case 'integer':
      if (type.enum) return union(type.enum.map((value) => code`${value}`))
      return type.const === undefined ? code`number` : code`${type.const}`
    case 'string':
      if (type.knownValues && type.knownValues.length > 0) {
        // `(string & {})` keeps editor completions for the known values.
        return union([...type.knownValues.map((value) => code`${value}`), code`(string & {})`])
      }
      if (type.enum) return union(type.enum.map((value) => code`${value}`))
      if (type.const !== undefined) return code`${type.const}`
      return (formatTypes && formatType(type.format)) || code`string`
    case 'bytes':
      return new Code([platform.Uint8Array])
    case 'cid-link':
      return new Code([multiformats.CID])
    case 'blob':
      return new Code([lexicon.BlobRef])
    case 'unknown':
      // An index signature, as in lex-cli, so that known fields can be read without a cast.
      return ANY_OBJECT
  }
}

/** `//= DidString` */
function formatType(format: string | undefined): Code | undefined {
  const type = FORMAT_TYPES.get(format ?? '')
  return type && new Code([type])
}

function isUnionLike(type: ValueType): boolean {
  if (type.type === 'string') return type.knownValues !== undefined || type.enum !== undefined
  return type.type === 'integer' && type.enum !== undefined
}

/** Every name declared in the module of a document, unions excluded. */
function namesIn({ definitions, method }: DocumentModel): string[] {
  return [
    ...(method ? METHOD_EXPORTS : []),
    ...(method?.errors ?? []).map(({ className }) => className),
    ...definitions.flatMap(({ names }) => [
      ...[names.type, names.guard, names.validate, names.assert, names.constant],
      ...(names.recordAlias === undefined ? [] : [names.recordAlias]),
    ]),
  ]
}

const maps = new WeakMap<Model, ReadonlyMap<string, DocumentModel>>()

/** The documents of a model by NSID. */
export function documentsOf(model: Model): ReadonlyMap<string, DocumentModel> {
  const known = maps.get(model)
  if (known) return known
  const map = new Map(model.documents.map((document) => [document.nsid, document]))
  maps.set(model, map)
  return map
}
