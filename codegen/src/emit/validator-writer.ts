import { type FunctionDeclarationStructure, StructureKind } from 'ts-morph'
import type {
  Address,
  ObjectType,
  PropertyModel,
  RefType,
  UnionType,
  ValueType,
} from '../ir/model.ts'
import { NameScope } from '../ir/names.ts'
import { block, type Code, code, name } from './code.ts'
import { checks } from './runtime-symbols.ts'
import type { Coded } from './structure.ts'
import type { TypeGraph } from './validator-graph.ts'
import {
  ABSENT,
  conjunction,
  either,
  filledIn,
  NOTHING_PASSES,
  objectBody,
  replaced,
  type Step,
  tested,
} from './validator-object.ts'
import { boundsOf, checkOf, NEVER, type Rule, scalarRules } from './validator-scalar.ts'

/** The parts in which functions differ. */
interface Written {
  /** Its parameter; default `v`. */
  readonly parameter?: Code
  /** Its return type; default `any`. */
  readonly returns?: Code
  readonly body: readonly Code[]
}

/**
 * Writes validators as functions that call each other. Each takes a value and returns it, a copy with defaults,
 * or `undefined`. Identical functions are written once.
 */
export class ValidatorWriter {
  readonly functions: Coded<FunctionDeclarationStructure>[] = []
  readonly names: string[] = []
  readonly #graph: TypeGraph
  readonly #scope: NameScope
  /**
   * Function names by what they check: a definition by its address, everything else by its
   * structure.
   */
  readonly #known = new Map<string, string>()

  constructor(graph: TypeGraph, reserved: readonly string[]) {
    this.#graph = graph
    this.#scope = new NameScope(reserved)
  }

  /** The function for a definition of kind object or record. */
  definition(target: Address, type: ObjectType): Code {
    return this.#function(`${target.nsid}#${target.name}`, hintOf(target), (self) =>
      this.#object(self, type),
    )
  }

  /** The function for the parameters of a method: like an object's, but anything else counts as `{}`. */
  parameters(hint: string, properties: readonly PropertyModel[]): Code {
    const type: ObjectType = {
      type: 'object',
      properties: properties.map((property) => ({ ...property, nullable: false })),
    }
    return this.#function(`params ${shapeOf(type)}`, hint, (self) =>
      this.#object(self, type, 'parameters'),
    )
  }

  /** The function for a body or message. The library treats it as an object, whatever it refers to. */
  body(hint: string, type: ValueType): Code {
    switch (type.type) {
      case 'object':
        return this.#structure(type, hint)
      case 'ref':
        return this.#bodyAt(type.target)
      case 'union':
        return this.#union('body', hint, type)
      default:
        throw new Error(`A body cannot be of type ${type.type}`)
    }
  }

  #bodyAt(target: Address): Code {
    const object = this.#graph.objectAt(target)
    if (object) return this.definition(target, object)
    if (this.#graph.isUndecided(target)) return code`${checks.acceptsNothing}`
    return this.#structure({ type: 'object', properties: [] }, 'any$object')
  }

  /**
   * The rules for a value that is present and cannot be changed by defaults. {@link NEVER} for a type that the
   * library never accepts in a nested place.
   */
  #rules(type: ValueType, hint: string): readonly Rule[] {
    switch (type.type) {
      case 'ref': {
        if (this.#graph.objectAt(type.target)) return [{ check: this.#structure(type, hint) }]
        const definition = this.#graph.definition(type.target)
        if (definition?.kind !== 'value') return NEVER
        // An array may be recursive, so it gets a named function.
        return definition.type.type === 'array'
          ? [{ check: this.#value(type.target, definition.type) }]
          : this.#rules(definition.type, hintOf(type.target))
      }
      case 'token':
        return NEVER
      case 'array': {
        const item = this.#item(type.items, `${hint}$item`)
        const { isArrayOf, maybeArrayOf } = checks
        const more = code`, ${item}${boundsOf(type) ?? code``}`
        return [{ check: code`${isArrayOf}`, orAbsent: code`${maybeArrayOf}`, more }]
      }
      case 'union':
        return this.#hasMembers(type) ? [{ check: this.#structure(type, hint) }] : NEVER
      case 'object':
        return [{ check: this.#structure(type, hint) }]
      default:
        return scalarRules(type, this.#graph.strict)
    }
  }

  /** The function for the items of an array: its result is truthy for an item that passes. */
  #item(type: ValueType, hint: string): Code {
    const rules = this.#rules(type, hint)
    const fallback = this.#graph.itemDefaultOf(type)
    if (rules === NEVER && fallback === undefined) return code`${checks.acceptsNothing}`
    const check = checkOf(rules)
    if (check && !check.more && fallback === undefined) return check.check
    return this.#function(`item ${shapeOf({ fallback, type })}`, hint, () => {
      const absent = fallback === undefined ? [] : [code`v === undefined`]
      const present = rules === NEVER ? undefined : conjunction(rules, code`v`, code`v`)
      return { returns: code`boolean`, body: [code`return ${either(absent, present)};`] }
    })
  }

  /** The function for a structure in a nested place. */
  #structure(type: ObjectType | RefType | UnionType, hint: string): Code {
    switch (type.type) {
      case 'object':
        return this.#function(shapeOf(type), hint, (self) => this.#object(self, type))
      case 'union':
        return this.#union('nested', hint, type)
      case 'ref': {
        const object = this.#graph.objectAt(type.target)
        if (!object) throw new Error(`${type.target.nsid}#${type.target.name} is not a structure`)
        return this.definition(type.target, object)
      }
    }
  }

  #function(identity: string, hint: string, write: (self: string) => Written): Code {
    const known = this.#known.get(identity)
    if (known !== undefined) return name(known)
    const self = this.#scope.take(hint)
    this.#known.set(identity, self)
    this.names.push(self)
    const { parameter = code`v`, returns = code`any`, body } = write(self)
    this.functions.push({
      kind: StructureKind.Function,
      isExported: true,
      name: name(self),
      parameters: [{ name: parameter, type: code`any` }],
      returnType: returns,
      statements: body,
    })
    return name(self)
  }

  //= function embed(v: any): any {
  //=   if (!isObject(v)) return;
  //=   switch (typeNamed(v.$type)) {
  //=     case 'com.example.image': return image(v);
  //=     case undefined: return;
  //=   }
  //=   return v;
  //= }
  #union(place: 'body' | 'nested', hint: string, type: UnionType): Code {
    return this.#function(`${place} ${shapeOf(type)}`, hint, () => {
      const variants = new Map(type.variants.map((target) => [typeOf(target), target]))
      const cases = [...variants].flatMap(([$type, target]) => {
        const check = place === 'body' ? this.#bodyAt(target) : this.#variant(target)
        if (check) return [code`case ${$type}: return ${check}(v);`]
        return type.closed ? [] : [code`case ${$type}: return;`]
      })
      const body = [
        code`if (!${checks.isObject}(v)) return;`,
        code`switch (${checks.typeNamed}(v.$type)) ${block(type.closed ? cases : [...cases, code`case undefined: return;`])}`,
        ...(type.closed ? [] : [code`return v;`]),
      ]
      return { body }
    })
  }

  /** The function for a member of a nested union; `undefined` if the library cannot accept it. */
  #variant(target: Address): Code | undefined {
    const object = this.#graph.objectAt(target)
    if (object) return this.definition(target, object)
    const definition = this.#graph.definition(target)
    // Members are objects, which JSON scalars never are.
    return definition?.kind === 'value' && !JSON_SCALARS.has(definition.type.type)
      ? this.#value(target, definition.type)
      : undefined
  }

  /** True if a union can have values in a nested place. */
  #hasMembers({ closed, variants }: UnionType): boolean {
    return !closed || variants.some((target) => this.#variant(target) !== undefined)
  }

  /** The function for a definition that is not a structure. */
  #value(target: Address, type: ValueType): Code {
    const hint = `${hintOf(target)}$value`
    return this.#function(`value ${target.nsid}#${target.name}`, hint, () => {
      const value = this.#graph.changes(type)
        ? this.#changed(type, code`v`, hint)
        : code`${conjunction(this.#rules(type, hint), code`v`, code`v`)} ? v : undefined`
      return { body: [code`return ${value};`] }
    })
  }

  /** The function for an object, or for parameters, where anything but an object counts as an empty one. */
  #object(self: string, type: ObjectType, given: 'object' | 'parameters' = 'object'): Written {
    const steps = type.properties.map((property) => this.#step(property, self))
    const names = type.properties.map((property) => property.name)
    const parameter = steps.includes(NOTHING_PASSES) ? code`_v` : code`v`
    return { parameter, body: objectBody(steps, given, names) }
  }

  #step(property: PropertyModel, owner: string): Step {
    const { type, required, nullable } = property
    const hint = `${owner}$${property.name.replace(/\W/g, '_')}`
    const fallback = this.#graph.defaultOf(property)
    const absences = [
      ...(required || fallback !== undefined ? [] : [ABSENT]),
      ...(nullable ? [code`null`] : []),
    ]
    if (fallback !== undefined) {
      return filledIn(property.name, code`${fallback}`, absences, this.#rules(type, hint))
    }
    return this.#graph.changes(type)
      ? replaced(property.name, this.#changed(type, code`x`, hint), absences)
      : tested(property.name, absences, this.#rules(type, hint))
  }

  /** The value with defaults filled in, or `undefined` if it is not of the type. */
  #changed(type: ValueType, x: Code, hint: string): Code {
    switch (type.type) {
      case 'object':
      case 'union':
        return code`${this.#structure(type, hint)}(${x})`
      case 'array': {
        const item = this.#replacer(type.items, `${hint}$item`)
        return code`${checks.replaceItems}(${x}, ${item}${boundsOf(type) ?? code``})`
      }
      case 'ref': {
        const definition = this.#graph.definition(type.target)
        return definition?.kind === 'value'
          ? this.#changed(definition.type, x, hintOf(type.target))
          : code`${this.#structure(type, hint)}(${x})`
      }
      default:
        throw new Error(`A ${type.type} has no defaults to fill in`)
    }
  }

  /**
   * The function that returns an item with its defaults filled in, or the item's default; `undefined` for an invalid
   * item.
   */
  #replacer(type: ValueType, hint: string): Code {
    const fallback = this.#graph.itemDefaultOf(type)
    return this.#function(`replacement ${shapeOf(type)}`, hint, () => {
      if (fallback === undefined) {
        return { body: [code`return ${this.#changed(type, code`v`, hint)};`] }
      }
      const passes = conjunction(this.#rules(type, hint), code`v`, code`v`)
      return {
        body: [
          code`if (v === undefined) return ${fallback};`,
          code`return ${passes} ? v : undefined;`,
        ],
      }
    })
  }
}

const JSON_SCALARS: ReadonlySet<string> = new Set(['boolean', 'integer', 'string'])

/** A text that is equal for types that accept the same values with the same results. */
function shapeOf(type: object): string {
  return JSON.stringify(type, (key, value) => (IRRELEVANT.has(key) ? undefined : value))
}
const IRRELEVANT: ReadonlySet<string> = new Set(['description', 'knownValues', 'hasDefault'])

/** `com.example.post#view` → `ComExamplePost$view`; a hint, made unique on collision. */
function hintOf({ nsid, name: definition }: Address): string {
  const title = nsid.replace(/(?:^|[.-])([a-zA-Z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  )
  return `${title}$${definition.replace(/\W/g, '_')}`
}

/** The `$type` of a definition, normalised. */
function typeOf({ nsid, name: definition }: Address): string {
  return definition === 'main' ? nsid : `${nsid}#${definition}`
}
