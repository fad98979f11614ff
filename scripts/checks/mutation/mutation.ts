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
 * Mutates the generated validators and the checks they call, one place at a time, and reports every mutant that the
 * comparison with the library does not detect: `node --conditions=@lexwright/source
 * scripts/checks/mutation/mutation.ts`
 */

const documents = CORPUS as readonly LexiconDocument[]
const STRICT = { blobs: true, records: true, arrayDefaults: true }

/** The corpus at one strictness: the script generated for it, and cases with their expected results. */
interface World {
  readonly name: string
  readonly script: string
  readonly cases: readonly Case[]
}

function makeWorld(name: string, strict?: Strictness): World {
  const script = stripTypes(generateValidators(documents, strict))
  return { name, script, cases: makeCases(documents, strict) }
}

/** The first case whose outcome differs from the library's; `undefined` if there is none. */
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
      // The registry checks `$type` before it calls a record's function.
      if (entrance.method === 'assertValidRecord' && !namesItself(value, uri)) continue
      const own = validator(value)
      if ((own === undefined) !== (expected === undefined)) return `${uri}: another verdict`
      if (expected && difference(expected, { value: own })) return `${uri}: another value`
    } catch (thrown) {
      // Errors thrown by reading a value are thrown by both.
      if (difference(outcome, { thrown })) return `${uri}: throws`
    }
  }
  return undefined
}

function namesItself(value: unknown, uri: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, '$type') === uri
}

/** The runtime with one of its modules replaced. */
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

/** The generated functions of a world, without the tables that follow them. */
function generated({ name, script, cases }: World): Suspect {
  const source = script.slice(0, script.indexOf('export const validators'))
  const tables = script.slice(source.length)
  return { name, source, run: (mutant) => noticed(mutant + tables, runtime, cases) }
}

/** A runtime module that generated functions call. */
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
