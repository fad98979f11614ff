import { BlobRef } from '@atproto/lexicon'
import type { Strictness } from '../../../codegen/src/emit/strictness.ts'
import type { LexiconDocument, Schema } from '../../../codegen/src/parse/schema.ts'
import { accepted, call, type Outcome } from '../../../codegen/src/testing/differential/compare.ts'
import { pairOf } from '../../../codegen/src/testing/differential/compile.ts'
import {
  entrancesOf,
  type SchemaEntrance,
} from '../../../codegen/src/testing/differential/entrances.ts'
import { mutate, vocabularyOf } from '../../../codegen/src/testing/differential/mutate.ts'
import { Random } from '../../../codegen/src/testing/differential/random.ts'
import { changedText, FORMATTED } from '../../../codegen/src/testing/differential/strings.ts'
import { ValidValues } from '../../../codegen/src/testing/differential/valid-value.ts'

const CASES_PER_ENTRANCE = 1500

/** A value for one entry point, and the library's verdict. */
export interface Case {
  readonly entrance: SchemaEntrance
  readonly value: unknown
  readonly outcome: Outcome
  /** The accepted value, if any. */
  readonly expected: { readonly value: unknown } | undefined
}

/** Cases that alternate between all entry points, so that a break shows early wherever it is. */
export function makeCases(documents: readonly LexiconDocument[], strict?: Strictness): Case[] {
  const { reference } = pairOf(documents, strict)
  const random = new Random(1)
  const values = new ValidValues(documents, random)
  const words = vocabularyOf(documents)
  const entrances = entrancesOf(documents)
  const judged = (entrance: SchemaEntrance, value: unknown): Case => {
    freeze(value)
    const outcome = call(reference, entrance, value)
    return { entrance, value, outcome, expected: accepted(outcome) }
  }
  const boundaries = entrances.flatMap((entrance) => {
    const property = propertyOf(entrance)
    const item = (): unknown => property.items && values.of(property.items, entrance.nsid, 2)
    return boundariesOf(property, item).map((a) => judged(entrance, { a }))
  })
  const made = Array.from({ length: CASES_PER_ENTRANCE }, () =>
    entrances.map((entrance): Case => {
      let value = values.of(entrance.schema, entrance.nsid, 4)
      if (random.chance(0.6)) value = mutate(value, words, random)
      const { format } = propertyOf(entrance)
      if (format && random.chance(0.7)) value = { a: nearMiss(format, random) }
      return judged(entrance, value)
    }),
  ).flat()
  return [...boundaries, ...made]
}

/** Texts, bytes and arrays with lengths at, just below and just above a bound, which random values rarely hit. */
function boundariesOf({ type, ...bounds }: Property, item: () => unknown): unknown[] {
  const { minLength, maxLength, minGraphemes, maxGraphemes } = bounds
  const lengths = [minLength, maxLength, minGraphemes, maxGraphemes]
    .filter((bound) => bound !== undefined)
    .flatMap((bound) => [bound - 1, bound, bound + 1].filter((length) => length >= 0))
  if (type === 'bytes') return lengths.map((length) => new Uint8Array(length))
  if (type === 'array') return lengths.map((length) => Array.from({ length }, item))
  if (type !== 'string') return []
  return lengths.flatMap((length) =>
    ['a', 'é', '語', '👍', 'e\u0301'].flatMap((one) => [
      one.repeat(length),
      `a${one.repeat(Math.max(0, length - 1))}`,
    ]),
  )
}

/** A mutant may change the value it is given, which must be detected and must not affect later cases. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  // These cannot be frozen, or have mutable contents; properties can still not be added.
  if (ArrayBuffer.isView(value) || value instanceof BlobRef)
    return void Object.preventExtensions(value)
  Object.freeze(value)
  for (const key of Reflect.ownKeys(value))
    freeze(Object.getOwnPropertyDescriptor(value, key)?.value)
}

interface Property {
  readonly type?: string
  readonly items?: Schema
  readonly format?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minGraphemes?: number
  readonly maxGraphemes?: number
}

/** The schema of the property `a`, if present: most entry points of the corpus depend on it. */
function propertyOf({ schema }: SchemaEntrance): Property {
  const properties = 'properties' in schema ? schema.properties : undefined
  return (properties as { a?: Property } | undefined)?.a ?? {}
}

function nearMiss(format: string, random: Random): string {
  let value = random.pick(FORMATTED[format] ?? [''])
  for (let changes = random.integer(0, 2); changes > 0; changes--)
    value = changedText(value, random)
  return value
}

export interface FormatCase {
  readonly uri: string
  readonly text: string
  readonly expected: boolean
}

/** Strings of every format, and each with any one character changed or removed. */
export function makeFormatCases(documents: readonly LexiconDocument[]): FormatCase[] {
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
