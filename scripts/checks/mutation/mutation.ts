import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as commonWeb from '@atproto/common-web'
import * as lexicon from '@atproto/lexicon'
import * as syntax from '@atproto/syntax'
import * as runtime from '@lexwright/xrpc/codegenv1'
import * as cid from 'multiformats/cid'
import type { Strictness } from '../../../codegen/src/emit/strictness.ts'
import type { LexiconDocument } from '../../../codegen/src/parse/schema.ts'
import { difference } from '../../../codegen/src/testing/differential/compare.ts'
import {
  evaluateScript,
  functionsOf,
  type GeneratedValidators,
  generateValidators,
  stripTypes,
} from '../../../codegen/src/testing/differential/compile.ts'
import { type Case, makeCases, makeFormatCases } from './cases.ts'
import { CORPUS } from './corpus.ts'
import { EQUIVALENT } from './equivalent.ts'
import { type Mutant, mutantsOf } from './mutants.ts'

/**
 * Breaks the generated validators, and the checks they call, in one place at a time, and reports every break that the
 * comparison with the library does not notice: `node --conditions=@lexwright/source scripts/checks/mutation/mutation.ts`
 */

const documents = CORPUS as readonly LexiconDocument[]
const STRICT = { blobs: true, records: true, arrayDefaults: true }

/** The corpus by one reading of the language: the script generated for it, and cases with what they should give. */
interface World {
  readonly name: string
  readonly script: string
  readonly cases: readonly Case[]
}

function makeWorld(name: string, strict?: Strictness): World {
  const script = stripTypes(generateValidators(documents, strict))
  return { name, script, cases: makeCases(documents, strict) }
}

/** True if any case comes out otherwise than with the library; `undefined` when none does. */
function noticed(script: string, on: object, cases: readonly Case[]): string | undefined {
  let tables: GeneratedValidators
  try {
    tables = functionsOf(evaluateScript(script, on))
  } catch (error) {
    return `does not load: ${(error as Error).message}`
  }
  for (const { entrance, value, outcome, expected } of cases) {
    const { table, uri } = entrance.asks
    const validator = tables[table].get(uri)
    if (!validator) return `has no function for ${uri}`
    try {
      // The registry looks at `$type` before it asks the function for a record.
      if (entrance.method === 'assertValidRecord' && !namesItself(value, uri)) continue
      const own = validator(value)
      if ((own === undefined) !== (expected === undefined)) return `${uri}: another verdict`
      if (expected && difference(expected, { value: own })) return `${uri}: another value`
    } catch (thrown) {
      // What reading a value throws is thrown by either.
      if (difference(outcome, { thrown })) return `${uri}: throws`
    }
  }
  return undefined
}

function namesItself(value: unknown, uri: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, '$type') === uri
}

/** The runtime with one of its modules replaced by a text. */
function runtimeWith(moduleText: string): object {
  const exported = [...moduleText.matchAll(/^export function (\w+)/gm)].map(([, name]) => name)
  const script = moduleText
    .replace(/^import \{([^}]*)\} from '([^']+)'/gm, (_, names: string, from: string) => {
      return `const {${names.replaceAll(' as ', ': ')}} = modules[${JSON.stringify(from)}];`
    })
    .replace(/^export /gm, '')
  const modules = {
    '@atproto/common-web': commonWeb,
    '@atproto/lexicon': lexicon,
    '@atproto/syntax': syntax,
    'multiformats/cid': cid,
  }
  const replaced = new Function('modules', `'use strict';${script}\nreturn {${exported.join()}}`)(
    modules,
  )
  return { ...runtime, ...replaced }
}

function noticedByFormats(on: object): string | undefined {
  const { definitions } = functionsOf(evaluateScript(plain.script, on))
  for (const { uri, text, expected } of formatCases) {
    if ((definitions.get(uri)?.({ a: text }) !== undefined) !== expected) return `${uri}: ${text}`
  }
  return undefined
}

interface Suspect {
  readonly name: string
  readonly source: string
  readonly run: (mutant: string) => string | undefined
}

/** The generated functions of a world; the tables after them are no rules. */
function generated({ name, script, cases }: World): Suspect {
  const source = script.slice(0, script.indexOf('export const validators'))
  const tables = script.slice(source.length)
  return { name, source, run: (mutant) => noticed(mutant + tables, runtime, cases) }
}

/** A module of the runtime that generated functions call. */
async function called(name: string): Promise<Suspect> {
  const folder = join(import.meta.dirname, '../../../packages/xrpc/src/codegenv1')
  const source = stripTypes(await readFile(join(folder, name), 'utf8'))
  const run = (mutant: string): string | undefined => {
    try {
      const on = runtimeWith(mutant)
      return (
        noticedByFormats(on) ??
        noticed(plain.script, on, plain.cases) ??
        noticed(strict.script, on, strict.cases)
      )
    } catch (error) {
      return `does not load: ${(error as Error).message}`
    }
  }
  return { name, source, run }
}

const plain = makeWorld('validators')
const strict = makeWorld('strict validators', STRICT)
const formatCases = makeFormatCases(documents)
const suspects = [
  generated(plain),
  generated(strict),
  await called('blobs.ts'),
  await called('checks.ts'),
  await called('lengths.ts'),
  await called('links.ts'),
  await called('structures.ts'),
]
const only = process.argv.slice(2)
let survived = 0
for (const { name, source, run } of suspects) {
  if (only.length > 0 && !only.includes(name)) continue
  const own = run(source)
  if (own) throw new Error(`${name} without any break: ${own}`)
  const mutants = mutantsOf(source)
  let killed = 0
  let equivalent = 0
  for (const mutant of mutants) {
    if (run(mutant.text)) killed++
    else if (isEquivalent(name, mutant)) equivalent++
    else {
      survived++
      console.log(`survived: ${name}:${mutant.line}: ${mutant.change}`)
    }
  }
  const spoilt = run(source)
  if (spoilt)
    throw new Error(`${name}: a break has changed the cases for those after it: ${spoilt}`)
  console.log(`${name}: ${mutants.length} broken, ${killed} noticed, ${equivalent} without effect`)
}
if (survived > 0) process.exitCode = 1

function isEquivalent(name: string, { change }: Mutant): boolean {
  return EQUIVALENT.some((known) => known.in === name && change.startsWith(known.change))
}
