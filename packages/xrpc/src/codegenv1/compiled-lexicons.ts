import type { LexiconDoc, Lexicons, ValidationResult } from '@atproto/lexicon'
import { StrictLexicons } from './strict-lexicons.ts'
import type { Strictness } from './strict-review.ts'
import { WatchedMap } from './watched-map.ts'

/**
 * A generated validator. Returns the value to continue with (the one given, or a shallow copy with defaults filled
 * in), or `undefined` if it cannot accept it.
 */
export type CompiledValidator = (value: unknown) => object | undefined

/**
 * The validators of a set of documents, as alternating URIs and functions, by NSID; `definitions` by NSID for main,
 * and by `nsid#name`. Each table is a function, called on first use, so that loading many documents costs little.
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
 * Validators by URI. An object and not a Map: methods are looked up by names that are constants in the code, which
 * engines find faster as properties.
 */
type Index = Readonly<Record<string, CompiledValidator | undefined>>

/** Placeholder for a table that has not been built yet. */
const UNASKED: Index = indexOf([])

/**
 * The tables by URI, shared by all registries of the same validators. A table is built on the first
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

  /** Builds a table; returns false if it already exists. */
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
  // Unlike `Object.create(null)`, this does not start as a hash table.
  const index: Record<string, CompiledValidator> = Object.setPrototypeOf({}, null)
  for (let at = 0; at < table.length; at += 2) {
    index[table[at] as string] = table[at + 1] as CompiledValidator
  }
  return index
}

/** Replaces the tables once they must not be used any more. */
const NO_VALIDATORS: ValidatorIndex = new ValidatorIndex({
  params: () => [],
  input: () => [],
  output: () => [],
  message: () => [],
  records: () => [],
  definitions: () => [],
})

/**
 * A `Lexicons` with generated validators in front. A generated validator can only accept; everything else goes to
 * the base class, which decides and words the error. So messages and error classes are the library's own, and no
 * valid value is refused.
 *
 * Documents are loaded one by one, when their definitions are first needed: a program whose calls are all accepted
 * never builds the interpreter.
 */
export class CompiledLexicons extends StrictLexicons {
  readonly #sources: readonly LexiconDoc[]
  readonly #validators: CompiledValidators
  readonly #pending: Map<string, LexiconDoc>
  /**
   * Empty once a definition has been removed or changed, since compiled validators may refer to it.
   */
  #compiled: ValidatorIndex
  #depth = 0

  /** @param strict where the validators were generated to be stricter than the library */
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
    // Both maps are public: reading one from outside first loads the pending documents, and changing one also
    // disables the compiled validators.
    const watcher = (changes: boolean): void => {
      if (this.#depth > 0) return
      this.#takeAll()
      if (changes) this.#compiled = NO_VALIDATORS
    }
    this.docs = new WatchedMap(watcher)
    this.defs = new WatchedMap(watcher)
  }

  /** Another registry of the same documents, independent of additions to and removals from this one. */
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
    // Loading a document rewrites its references in place, and exported documents must not change.
    this.#inside(() => super.add(structuredClone(document)))
  }

  /** Loads the pending documents in the order the base class would. */
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

  /** Runs a method of the base class, whose access to the maps must not trigger the watcher. */
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
  // The base class refuses anything but a string.
  if (typeof uri !== 'string') return ''
  const bare = uri.startsWith('lex:') ? uri.slice(4) : uri
  const hash = bare.indexOf('#')
  return hash < 0 ? bare : bare.slice(0, hash)
}
