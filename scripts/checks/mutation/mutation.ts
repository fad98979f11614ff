import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as commonWeb from '@atproto/common-web'
import * as lexicon from '@atproto/lexicon'
import * as syntax from '@atproto/syntax'
import * as runtime from '@lexwright/xrpc/codegenv1'
import * as cid from 'multiformats/cid'
import {
  accepted,
  call,
  difference,
  type Outcome,
} from '../../../codegen/src/differential/compare.ts'
import {
  evaluateScript,
  functionsOf,
  type GeneratedValidators,
  generateValidators,
  pairOf,
  stripTypes,
} from '../../../codegen/src/differential/compile.ts'
import { entrancesOf, type SchemaEntrance } from '../../../codegen/src/differential/entrances.ts'
import { mutate, vocabularyOf } from '../../../codegen/src/differential/mutate.ts'
import { Random } from '../../../codegen/src/differential/random.ts'
import { changedText, FORMATTED } from '../../../codegen/src/differential/strings.ts'
import { ValidValues } from '../../../codegen/src/differential/valid-value.ts'
import type { Strictness } from '../../../codegen/src/emit/strictness.ts'
import type { LexiconDocument } from '../../../codegen/src/parse/schema.ts'
import { CORPUS } from './corpus.ts'
import { EQUIVALENT } from './equivalent.ts'
import { type Mutant, mutantsOf } from './mutants.ts'

/**
 * Breaks the generated validators, and the checks they call, in one place at a time, and reports every break that the
 * comparison with the library does not notice: `node --conditions=@lexwright/source scripts/checks/mutation/mutation.ts`
 */

interface Case {
  readonly entrance: SchemaEntrance
  readonly value: unknown
  readonly outcome: Outcome
  /** The yes among the outcomes. */
  readonly expected: { readonly value: unknown } | undefined
}

const CASES_PER_ENTRANCE = 1500
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
  return { name, script, cases: makeCases(strict) }
}

/** Cases for all entrances in turn, so that a break shows early whatever it is in. */
function makeCases(strict?: Strictness): Case[] {
  const { reference } = pairOf(documents, strict)
  const random = new Random(1)
  const values = new ValidValues(documents, random)
  const words = vocabularyOf(documents)
  const entrances = entrancesOf(documents)
  return Array.from({ length: CASES_PER_ENTRANCE }, () =>
    entrances.map((entrance): Case => {
      let value = values.of(entrance.schema, entrance.nsid, 4)
      if (random.chance(0.6)) value = mutate(value, words, random)
      const format = formatOf(entrance)
      if (format && random.chance(0.7)) value = { a: nearMiss(format, random) }
      freeze(value)
      const outcome = call(reference, entrance, value)
      return { entrance, value, outcome, expected: accepted(outcome) }
    }),
  ).flat()
}

/** A break may make a function change the value it is given, which has to show and must not reach later cases. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  if (ArrayBuffer.isView(value) || value instanceof lexicon.BlobRef) return
  Object.freeze(value)
  for (const key of Reflect.ownKeys(value))
    freeze(Object.getOwnPropertyDescriptor(value, key)?.value)
}

/** The format of the property `a`, where it has one: a verdict on it may turn on any character. */
function formatOf({ schema }: SchemaEntrance): string | undefined {
  return 'properties' in schema
    ? (schema.properties as { a?: { format?: string } } | undefined)?.a?.format
    : undefined
}

function nearMiss(format: string, random: Random): string {
  let value = random.pick(FORMATTED[format] ?? [''])
  for (let changes = random.integer(0, 2); changes > 0; changes--)
    value = changedText(value, random)
  return value
}

/** Whether any case comes out otherwise than with the library; `undefined` when none does. */
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

interface FormatCase {
  readonly uri: string
  readonly text: string
  readonly expected: boolean
}

/** Strings of every format, and each of them with any one character changed or taken away. */
function makeFormatCases(): FormatCase[] {
  const { reference } = pairOf(documents)
  return Object.entries(FORMATTED).flatMap(([format, samples]) => {
    const uri = `com.example.rules#${format}-required`
    if (!documents[0] || !(`${format}-required` in documents[0].defs)) return []
    const texts = new Set(samples.flatMap((sample) => [sample, ...neighbours(sample)]))
    for (let length = 1; length < 140; length++) {
      for (const stretched of STRETCHED) texts.add(stretched.replace('…', 'a'.repeat(length)))
    }
    return [...texts].map((text): FormatCase => {
      const outcome = call(reference, { method: 'validate', uri }, { a: text })
      return { uri, text, expected: accepted(outcome) !== undefined }
    })
  })
}

const STRETCHED = [
  'at://did:plc:…/com.example.thing/self',
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/….example.thing/self',
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.….thing/self',
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.example.…/self',
  'at://did:plc:e/….a.a/a',
  'at://did:plc:e/a.a.…/a',
  '….test',
  'a.…',
  'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5…',
]

function neighbours(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at <= text.length && at < 70; at++) {
    const [before, after] = [text.slice(0, at), text.slice(at + 1)]
    found.push(before + after, before)
    for (const piece of ['!', 'Z', 'z', '0', '3', '7', '9', '.', '-', ':', '/', ' ', '\n', 'é']) {
      found.push(before + piece + after, before + piece + text.slice(at))
    }
  }
  return found
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
const formatCases = makeFormatCases()
const suspects = [
  generated(plain),
  generated(strict),
  await called('checks.ts'),
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
  console.log(`${name}: ${mutants.length} broken, ${killed} noticed, ${equivalent} without effect`)
}
if (survived > 0) process.exitCode = 1

function isEquivalent(name: string, { change }: Mutant): boolean {
  return EQUIVALENT.some((known) => known.in === name && change.startsWith(known.change))
}
