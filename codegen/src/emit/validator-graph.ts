import type {
  Address,
  ArrayType,
  DefinitionModel,
  Model,
  ObjectType,
  PropertyModel,
  ValueType,
} from '../ir/model.ts'
import type { Strictness } from './strictness.ts'

/** Default of an absent value. */
export type Default = boolean | number | string | undefined

/** Answers a validator's questions about types it refers to. */
export class TypeGraph {
  readonly strict: Strictness
  readonly #definitions = new Map<string, DefinitionModel>()
  /**
   * Definitions that the library would wrongly take for an object schema in a body, and those of missing
   * documents: the interpreter judges their values.
   */
  readonly #undecided = new Set<string>()
  /** Objects and arrays whose validation may fill in a default, at any depth. */
  readonly #changing = new Set<ObjectType | ArrayType>()

  constructor(model: Model, strict: Strictness) {
    this.strict = strict
    for (const { nsid, definitions, source } of model.documents) {
      for (const definition of definitions) {
        this.#definitions.set(`${nsid}#${definition.name}`, definition)
        if (definition.kind === 'opaque') this.#undecided.add(`${nsid}#${definition.name}`)
      }
      for (const [name, schema] of Object.entries(source.defs)) {
        if (schema.type !== 'object' && 'properties' in schema) {
          this.#undecided.add(`${nsid}#${name}`)
        }
      }
    }
    this.#findChanging(allStructures(model))
  }

  /** The definition at an address; `undefined` for a method, which no value can match. */
  definition({ nsid, name }: Address): DefinitionModel | undefined {
    return this.#definitions.get(`${nsid}#${name}`)
  }

  /** The object that a reference points to, if any. */
  objectAt(target: Address): ObjectType | undefined {
    const definition = this.definition(target)
    if (definition?.type.type !== 'object') return undefined
    const counts = definition.kind === 'object' || this.strict.records
    return counts ? definition.type : undefined
  }

  /** True if no generated function may accept a body with this definition. */
  isUndecided({ nsid, name }: Address): boolean {
    return this.#undecided.has(`${nsid}#${name}`)
  }

  /** True if validation may return a changed copy. */
  changes(type: ValueType): boolean {
    switch (type.type) {
      case 'object':
      case 'array':
        return this.#changing.has(type)
      case 'ref':
        return this.#changesAt(type.target)
      case 'union':
        return type.variants.some((variant) => this.#changesAt(variant))
      default:
        return false
    }
  }

  /** The default of a property: that of an inline scalar, or of one behind a reference if it is required. */
  defaultOf({ type, required }: PropertyModel): Default {
    return type.type === 'ref' && !required ? undefined : this.itemDefaultOf(type)
  }

  /** The default of an item, with which an absent item passes. */
  itemDefaultOf(type: ValueType): Default {
    if (type.type !== 'ref') return ownDefault(type)
    const definition = this.definition(type.target)
    return definition?.kind === 'value' ? ownDefault(definition.type) : undefined
  }

  #changesAt(target: Address): boolean {
    const object = this.objectAt(target)
    if (object) return this.changes(object)
    const definition = this.definition(target)
    return definition?.kind === 'value' && this.changes(definition.type)
  }

  /** Propagates from structures with defaults to those that contain them, up to a fixed point. */
  #findChanging(structures: readonly (ObjectType | ArrayType)[]): void {
    for (let before = -1; before !== this.#changing.size; ) {
      before = this.#changing.size
      for (const structure of structures) {
        const found =
          structure.type === 'array'
            ? this.strict.arrayDefaults && this.#itemChanges(structure.items)
            : structure.properties.some((property) => this.#propertyChanges(property))
        if (found) this.#changing.add(structure)
      }
    }
  }

  #itemChanges(type: ValueType): boolean {
    return this.itemDefaultOf(type) !== undefined || this.changes(type)
  }

  #propertyChanges(property: PropertyModel): boolean {
    return this.defaultOf(property) !== undefined || this.changes(property.type)
  }
}

function ownDefault(type: ValueType): Default {
  const scalar = type.type === 'boolean' || type.type === 'integer' || type.type === 'string'
  return scalar ? type.default : undefined
}

function allStructures(model: Model): (ObjectType | ArrayType)[] {
  const found: (ObjectType | ArrayType)[] = []
  const visit = (type: ValueType): void => {
    if (type.type !== 'array' && type.type !== 'object') return
    found.push(type)
    if (type.type === 'array') visit(type.items)
    else for (const property of type.properties) visit(property.type)
  }
  for (const { definitions, method } of model.documents) {
    for (const definition of definitions) visit(definition.type)
    for (const property of method?.parameters ?? []) visit(property.type)
    for (const body of [method?.input?.schema, method?.output?.schema, method?.message]) {
      if (body) visit(body)
    }
  }
  return found
}
