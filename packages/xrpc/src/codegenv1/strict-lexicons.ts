import {
  type LexiconDoc,
  Lexicons,
  type LexUserType,
  type ValidationResult,
} from '@atproto/lexicon'
import { Review, type Strictness } from './strict-review.ts'

/**
 * A `Lexicons` that can follow the written specification where the library is laxer, or cannot accept valid
 * values. With no options it behaves like the library.
 */
export class StrictLexicons extends Lexicons {
  readonly strict: Strictness | undefined
  readonly #review: Review | undefined
  #judging = 0

  constructor(documents?: Iterable<LexiconDoc>, strict?: Strictness) {
    super()
    this.strict = strict
    if (strict) this.#review = new Review(this, strict)
    for (const document of documents ?? []) this.add(document)
  }

  /** During validation, a nested record counts as the object it contains, if that option is on. */
  override getDefOrThrow<T extends LexUserType['type'] = LexUserType['type']>(
    uri: string,
    types?: readonly T[],
  ): Extract<LexUserType, { type: T }> {
    const definition: LexUserType = super.getDefOrThrow(uri, types)
    const opened = this.#judging > 0 && types === undefined && this.strict?.records
    return (opened && definition.type === 'record' ? definition.record : definition) as never
  }

  override validate(lexUri: string, value: unknown): ValidationResult {
    const result = this.#judge(() => super.validate(lexUri, value))
    if (!this.#review || !result.success) return result
    return this.#review.result(this.getDefOrThrow(lexUri), { given: value, made: result.value })
  }

  override assertValidRecord(lexUri: string, value: unknown): unknown {
    const judged = this.#judge(() => super.assertValidRecord(lexUri, value))
    if (!this.#review) return judged
    return this.#review.value(this.getDefOrThrow(lexUri), { given: value, made: judged }, 'Record')
  }

  override assertValidXrpcParams(
    lexUri: string,
    value: unknown,
  ): Record<string, unknown> | undefined {
    const judged = this.#judge(() => super.assertValidXrpcParams(lexUri, value))
    if (!this.#review) return judged
    const { parameters } = this.getDefOrThrow(lexUri, ['query', 'procedure', 'subscription'])
    return this.#review.body(parameters, { given: value, made: judged }, 'Params') as
      | Record<string, unknown>
      | undefined
  }

  override assertValidXrpcInput(lexUri: string, value: unknown): unknown {
    const judged = this.#judge(() => super.assertValidXrpcInput(lexUri, value))
    if (!this.#review) return judged
    const { input } = this.getDefOrThrow(lexUri, ['procedure'])
    return this.#review.body(input?.schema, { given: value, made: judged }, 'Input')
  }

  override assertValidXrpcOutput(lexUri: string, value: unknown): unknown {
    const judged = this.#judge(() => super.assertValidXrpcOutput(lexUri, value))
    if (!this.#review) return judged
    const { output } = this.getDefOrThrow(lexUri, ['query', 'procedure'])
    return this.#review.body(output?.schema, { given: value, made: judged }, 'Output')
  }

  override assertValidXrpcMessage<T = unknown>(lexUri: string, value: unknown): T {
    const judged = this.#judge(() => super.assertValidXrpcMessage<T>(lexUri, value))
    if (!this.#review) return judged
    const { message } = this.getDefOrThrow(lexUri, ['subscription'])
    return this.#review.body(message?.schema, { given: value, made: judged }, 'Message') as T
  }

  #judge<T>(judge: () => T): T {
    if (!this.#review) return judge()
    this.#judging++
    try {
      return judge()
    } finally {
      this.#judging--
    }
  }
}
