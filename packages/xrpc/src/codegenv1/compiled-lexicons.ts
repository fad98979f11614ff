import type { LexiconDoc, Lexicons, ValidationResult } from '@atproto/lexicon'
import { StrictLexicons } from './strict-lexicons.ts'
import type { Strictness } from './strict-review.ts'
import { WatchedMap } from './watched-map.ts'

/**
 * A generated validator: the value to go on with, or `undefined` for "not a plain yes". The value is the one given,
 * or a shallow copy of it with defaults filled in.
 */
export type CompiledValidator = (value: unknown) => object | undefined

/**
 * The validators of a set of documents: URIs and functions in turn, by NSID; `definitions` by NSID for main, and by
 * `nsid#name`. A table is only asked for when it is first used, so that loading many documents costs little.
 */
export interface CompiledValidators {
  readonly params: () => ValidatorTable
  readonly input: () => ValidatorTable
  readonly output: () => ValidatorTable
  readonly message: () => ValidatorTable
  readonly records: () => ValidatorTable
  readonly definitions: () => ValidatorTable
}
export type ValidatorTable = readonly (string | CompiledValidator)[]

/**
 * Validators by URI. No map: methods are asked for under names that are written in code, which JavaScript finds sooner
 * as the name of a property, and much sooner where it is always the same.
 */
type Index = Readonly<Record<string, CompiledValidator | undefined>>

/** Stands for a table that has not been built yet. */
const UNASKED: Index = indexOf([])

/**
 * The tables by URI; all registries of the same validators share them. A table is built on the first
 * miss, so a hit needs no check.
 */
class ValidatorIndex {
  readonly #tables: CompiledValidators
  params: Index = UNASKED
  input: Index = UNASKED
  output: Index = UNASKED
  message: Index = UNASKED
  records: Index = UNASKED
  definitions: Index = UNASKED

  constructor(tables: CompiledValidators) {
    this.#tables = tables
  }

  /** Builds a table, and says whether that was still to be done. */
  build(name: keyof CompiledValidators): boolean {
    if (this[name] !== UNASKED) return false
    this[name] = indexOf(this.#tables[name]())
    return true
  }

  static of(tables: CompiledValidators): ValidatorIndex {
    const known = indexes.get(tables)
    if (known) return known
    const index = new ValidatorIndex(tables)
    indexes.set(tables, index)
    return index
  }
}

const indexes = new WeakMap<CompiledValidators, ValidatorIndex>()

function indexOf(table: ValidatorTable): Index {
  // Unlike `Object.create(null)`, this is no hash table from the start.
  const index: Record<string, CompiledValidator> = Object.setPrototypeOf({}, null)
  for (let at = 0; at < table.length; at += 2) {
    index[table[at] as string] = table[at + 1] as CompiledValidator
  }
  return index
}

/** Takes the place of the tables once they may no longer be used. */
const NO_VALIDATORS: ValidatorIndex = new ValidatorIndex({
  params: () => [],
  input: () => [],
  output: () => [],
  message: () => [],
  records: () => [],
  definitions: () => [],
})

/**
 * A `Lexicons` with generated validators in front of it. A generated validator only ever says yes; on anything else
 * the call goes on to the base class, which decides and words the error. So messages and error classes are the
 * library's own, and a wrong no cannot happen.
 *
 * Documents are taken in one by one, when something asks for their definitions: a program whose calls are all
 * accepted never builds the interpreter.
 */
export class CompiledLexicons extends StrictLexicons {
  readonly #sources: readonly LexiconDoc[]
  readonly #validators: CompiledValidators
  readonly #pending: Map<string, LexiconDoc>
  /** Empty once a definition was removed or changed: what was compiled may refer to it. */
  #compiled: ValidatorIndex
  #depth = 0

  /** @param strict what the validators were generated for, where it is more than the library does */
  constructor(
    documents: readonly LexiconDoc[],
    validators: CompiledValidators,
    strict?: Strictness,
  ) {
    super(undefined, strict)
    this.#sources = documents
    this.#validators = validators
    this.#compiled = ValidatorIndex.of(validators)
    this.#pending = new Map(documents.map((document) => [document.id, document]))
    // Both maps are public: reading one from outside loads the pending documents first, and changing one also
    // disables the compiled validators.
    const watcher = (changes: boolean): void => {
      if (this.#depth > 0) return
      this.#takeAll()
      if (changes) this.#compiled = NO_VALIDATORS
    }
    this.docs = new WatchedMap(watcher)
    this.defs = new WatchedMap(watcher)
  }

  /** Another registry of the same documents, unaffected by what is added to or removed from this one. */
  clone(): CompiledLexicons {
    if (this.#compiled === NO_VALIDATORS)
      throw new Error('A document has been removed or changed; make a new registry instead')
    return new CompiledLexicons(this.#sources, this.#validators, this.strict)
  }

  override [Symbol.iterator](): Iterator<LexiconDoc> {
    this.#takeAll()
    return this.#inside(() => super[Symbol.iterator]())
  }

  override add(document: LexiconDoc): void {
    this.#take(document.id)
    this.#inside(() => super.add(document))
  }

  override remove(uri: string): void {
    this.#takeAll()
    this.#inside(() => super.remove(uri))
    this.#compiled = NO_VALIDATORS
  }

  override get(uri: string): LexiconDoc | undefined {
    this.#take(nsidOf(uri))
    return this.#inside(() => super.get(uri))
  }

  override getDef(uri: string): ReturnType<Lexicons['getDef']> {
    this.#take(nsidOf(uri))
    return this.#inside(() => super.getDef(uri))
  }

  override validate(lexUri: string, value: unknown): ValidationResult {
    const accepted = this.#definition(lexUri)?.(value)
    if (accepted !== undefined) return { success: true, value: accepted }
    return super.validate(lexUri, value)
  }

  override assertValidRecord(lexUri: string, value: unknown): unknown {
    const validator = this.#compiled.records[lexUri]
    if (!validator && this.#compiled.build('records')) return this.assertValidRecord(lexUri, value)
    if (validator && typeof value === 'object' && value !== null && '$type' in value) {
      const { $type } = value
      if ($type === lexUri || $type === `lex:${lexUri}`) {
        const accepted = validator(value)
        if (accepted !== undefined) return accepted
      }
    }
    return super.assertValidRecord(lexUri, value)
  }

  override assertValidXrpcParams(
    lexUri: string,
    value: unknown,
  ): Record<string, unknown> | undefined {
    const accepted = this.#compiled.params[lexUri]?.(value)
    if (accepted !== undefined) return accepted as Record<string, unknown>
    if (this.#compiled.build('params')) return this.assertValidXrpcParams(lexUri, value)
    return super.assertValidXrpcParams(lexUri, value)
  }

  override assertValidXrpcInput(lexUri: string, value: unknown): unknown {
    const accepted = this.#compiled.input[lexUri]?.(value)
    if (accepted !== undefined) return accepted
    if (this.#compiled.build('input')) return this.assertValidXrpcInput(lexUri, value)
    return super.assertValidXrpcInput(lexUri, value)
  }

  override assertValidXrpcOutput(lexUri: string, value: unknown): unknown {
    const accepted = this.#compiled.output[lexUri]?.(value)
    if (accepted !== undefined) return accepted
    if (this.#compiled.build('output')) return this.assertValidXrpcOutput(lexUri, value)
    return super.assertValidXrpcOutput(lexUri, value)
  }

  override assertValidXrpcMessage<T = unknown>(lexUri: string, value: unknown): T {
    const accepted = this.#compiled.message[lexUri]?.(value)
    if (accepted !== undefined) return accepted as T
    if (this.#compiled.build('message')) return this.assertValidXrpcMessage<T>(lexUri, value)
    return super.assertValidXrpcMessage(lexUri, value)
  }

  #definition(uri: string): CompiledValidator | undefined {
    const found = this.#compiled.definitions[uri]
    if (!found && this.#compiled.build('definitions')) return this.#definition(uri)
    if (found || typeof uri !== 'string' || !uri.endsWith('#main')) return found
    return this.#compiled.definitions[uri.slice(0, -'#main'.length)]
  }

  #take(nsid: string): void {
    const document = this.#pending.get(nsid)
    if (!document) return
    this.#pending.delete(nsid)
    // Taking a document in rewrites its references in place; the exported documents stay as they are.
    this.#inside(() => super.add(structuredClone(document)))
  }

  /** Takes in what is missing, in the order in which the base class would have it. */
  #takeAll(): void {
    if (this.#pending.size === 0) return
    this.#pending.clear()
    this.#inside(() => {
      const taken = new Map(this.docs)
      this.docs.clear()
      this.defs.clear()
      for (const document of this.#sources) {
        const uri = `lex:${document.id}`
        super.add(taken.get(uri) ?? structuredClone(document))
        taken.delete(uri)
      }
      for (const added of taken.values()) super.add(added)
    })
  }

  /** Runs a method of the base class, which reads the maps and must find them as they are. */
  #inside<T>(run: () => T): T {
    this.#depth++
    try {
      return run()
    } finally {
      this.#depth--
    }
  }
}

function nsidOf(uri: string): string {
  // What is no string is for the base class to refuse.
  if (typeof uri !== 'string') return ''
  const bare = uri.startsWith('lex:') ? uri.slice(4) : uri
  const hash = bare.indexOf('#')
  return hash < 0 ? bare : bare.slice(0, hash)
}
