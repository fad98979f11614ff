import { stripTypeScriptTypes } from 'node:module'
import { type LexiconDoc, Lexicons } from '@atproto/lexicon'
import * as runtime from '@lexwright/xrpc/codegenv1'
import { LIKE_THE_LIBRARY, type Strictness } from '../../emit/strictness.ts'
import { emitValidatorsModule } from '../../emit/validators-module.ts'
import { build } from '../../ir/build.ts'
import { parse } from '../../parse/parse.ts'
import type { LexiconDocument } from '../../parse/schema.ts'
import { Printer } from '../../print/print.ts'

/** The library's registry of some documents, and the one with generated validators. */
export interface Pair {
  readonly documents: readonly LexiconDocument[]
  readonly reference: Lexicons
  readonly compiled: runtime.CompiledLexicons
  /** The generated functions, by table and URI. */
  readonly validators: GeneratedValidators
}

export type ValidatorKind = keyof runtime.CompiledValidators
export type GeneratedValidators = Readonly<
  Record<ValidatorKind, ReadonlyMap<string, runtime.CompiledValidator>>
>

/** Runs documents through the generator up to the text of `validators.ts`. */
export function generateValidators(
  documents: readonly object[],
  strict: Strictness = LIKE_THE_LIBRARY,
): string {
  const parsed = parse({
    documents: documents.map((document) => {
      const id = String((document as { id?: unknown }).id)
      return { path: `${id}.json`, name: id.replaceAll('.', '/'), text: JSON.stringify(document) }
    }),
    overlays: [],
  })
  const { model, diagnostics } = build(parsed)
  const [problem] = [...parsed.diagnostics, ...diagnostics]
  if (problem || !model) throw new Error(`Not a lexicon: ${problem?.message}`)
  const modules = [emitValidatorsModule(model, strict).module]
  const [file] = new Printer().print(modules, { importExtension: '.ts' })
  return file?.text ?? ''
}

/** Evaluates the text of `validators.ts`. */
export function evaluate(text: string): runtime.CompiledValidators {
  return evaluateScript(stripTypes(text), runtime)
}

/** Evaluates `validators.ts` (types stripped) or a mutant of it, on the runtime or a mutant of it. */
export function evaluateScript(script: string, on: object): runtime.CompiledValidators {
  const body = script
    .replace(/^import \{(.*)\} from '@lexwright\/xrpc\/codegenv1';$/m, (_, names: string) => {
      return `const {${names.replaceAll(' as ', ': ')}} = runtime;`
    })
    .replace(/^export /gm, '')
  return new Function('runtime', `'use strict';${body}\nreturn validators`)(on)
}

/**
 * Both registries over the same documents; with `strict`, compared with the interpreter of the same
 * strictness.
 */
export function pairOf(documents: readonly object[], strict?: Strictness): Pair {
  const validators = evaluate(generateValidators(documents, strict))
  const copies = structuredClone(documents) as LexiconDoc[]
  const docs = documents as readonly LexiconDoc[]
  return {
    documents: documents as readonly LexiconDocument[],
    reference: strict ? new runtime.StrictLexicons(copies, strict) : new Lexicons(copies),
    compiled: new runtime.CompiledLexicons(docs, validators, strict),
    validators: functionsOf(validators),
  }
}

/** The functions by table and URI. */
export function functionsOf(validators: runtime.CompiledValidators): GeneratedValidators {
  return {
    params: tableOf(validators.params()),
    input: tableOf(validators.input()),
    output: tableOf(validators.output()),
    message: tableOf(validators.message()),
    records: tableOf(validators.records()),
    definitions: tableOf(validators.definitions()),
  }
}

/** Strips types, without Node's experimental warning. */
export function stripTypes(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

function tableOf(table: runtime.ValidatorTable): Map<string, runtime.CompiledValidator> {
  const entries = new Map<string, runtime.CompiledValidator>()
  for (let index = 0; index < table.length; index += 2) {
    entries.set(table[index] as string, table[index + 1] as runtime.CompiledValidator)
  }
  return entries
}
