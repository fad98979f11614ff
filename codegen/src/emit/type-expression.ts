import type {
  Address,
  DocumentModel,
  Model,
  PropertyModel,
  ScalarType,
  ValueType,
} from '../ir/model.ts'
import { Code, code, docs, join, key, name } from './code.ts'
import { objectType, type Property } from './declarations.ts'
import { documentModule } from './module.ts'
import { lexicon, multiformats, output, platform } from './runtime-symbols.ts'

/** Which properties with a default a type shows as always there. */
export type Defaults = 'filled-in' | 'optional'

/** Writes the TypeScript type of values, as seen from the module of one document. */
export class TypeWriter {
  readonly #documents: ReadonlyMap<string, DocumentModel>
  readonly #here: DocumentModel

  constructor(model: Model, here: DocumentModel) {
    this.#documents = documentsOf(model)
    this.#here = here
  }

  /**
   * ```ts
   * //= 'a' | 'b' | (string & {})
   * //= (string | null)[]
   * //= $Typed<ComExampleOther.Main> | { $type: string }
   * ```
   */
  value(type: ValueType, defaults: Defaults = 'filled-in'): Code {
    switch (type.type) {
      case 'array': {
        // Validation fills no defaults in inside arrays.
        const items = this.value(type.items, 'optional')
        return isUnionLike(type.items) ? code`(${items})[]` : code`${items}[]`
      }
      case 'object':
        return objectType(this.properties(type.properties, defaults))
      case 'ref':
        return this.reference(type.target)
      case 'union': {
        const variants = type.variants
          .filter((variant) => this.#mayBeMember(variant))
          .map((variant) => code`${output.$Typed}<${this.reference(variant)}>`)
        return union(type.closed ? variants : [...variants, code`{ $type: string }`])
      }
      case 'token':
        return code`${type.uri}`
      default:
        return scalar(type)
    }
  }

  properties(properties: readonly PropertyModel[], defaults: Defaults): readonly Property[] {
    return properties.map((one) => this.property(one, defaults))
  }

  /** `//= limit?: number`, with its description above. */
  property(property: PropertyModel, defaults: Defaults): Property {
    const present = property.required || (property.hasDefault && defaults === 'filled-in')
    const type = this.value(property.type, defaults)
    return {
      name: key(property.name),
      hasQuestionToken: !present,
      type: property.nullable ? union([type, code`null`]) : type,
      docs: docs(property.description),
    }
  }

  /** True if a value with a `$type` can be of a definition: a string, a token or an array never has one. */
  #mayBeMember({ nsid, name: hash }: Address): boolean {
    const document = this.#documents.get(nsid)
    const definition = document?.definitions.find((candidate) => candidate.name === hash)
    return definition !== undefined && !WITHOUT_TYPE.has(definition.type.type)
  }

  /** `//= ComAtprotoRepoStrongRef.Main`, or the bare name within one document. */
  reference(target: Address): Code {
    const document = this.#documents.get(target.nsid)
    const definition = document?.definitions.find((candidate) => candidate.name === target.name)
    // A reference to a main method passes the parser but can hold no value.
    if (!document || !definition) return code`never`
    if (document === this.#here) return name(definition.names.type)
    const module = documentModule(document, true)
    return code`${module}.${name(definition.names.type)}`
  }
}

const WITHOUT_TYPE: ReadonlySet<string> = new Set([
  'array',
  'boolean',
  'cid-link',
  'integer',
  'string',
  'token',
])

/** Alternatives on one line, or one per line when that gets long. */
export function union(alternatives: readonly Code[]): Code {
  if (alternatives.length === 0) return code`never`
  const inline = join(alternatives, ' | ')
  if (inline.width <= 80 || alternatives.length === 1) return inline
  return join([code``, ...alternatives], '\n  | ')
}

function scalar(type: ScalarType): Code {
  switch (type.type) {
    case 'boolean':
      return type.const === undefined ? code`boolean` : code`${type.const}`
    case 'integer':
      if (type.enum) return union(type.enum.map((value) => code`${value}`))
      return type.const === undefined ? code`number` : code`${type.const}`
    case 'string':
      if (type.knownValues && type.knownValues.length > 0) {
        // The odd member keeps completions of the known values in editors.
        return union([...type.knownValues.map((value) => code`${value}`), code`(string & {})`])
      }
      if (type.enum) return union(type.enum.map((value) => code`${value}`))
      return type.const === undefined ? code`string` : code`${type.const}`
    case 'bytes':
      return new Code([platform.Uint8Array])
    case 'cid-link':
      return new Code([multiformats.CID])
    case 'blob':
      return new Code([lexicon.BlobRef])
    case 'unknown':
      // An index signature, so that known fields can be read without a cast, as lex-cli has it.
      return code`{ [_ in string]: unknown }`
  }
}

function isUnionLike(type: ValueType): boolean {
  if (type.type === 'union') return type.variants.length + (type.closed ? 0 : 1) > 1
  if (type.type === 'string') return type.knownValues !== undefined || type.enum !== undefined
  return type.type === 'integer' && type.enum !== undefined
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
