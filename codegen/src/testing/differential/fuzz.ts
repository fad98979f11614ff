import fc from 'fast-check'
import type { Strictness } from '../../emit/strictness.ts'
import type { LexiconDocument } from '../../parse/schema.ts'
import { lexicons } from './arbitrary-lexicons.ts'
import { accepted, call, difference, type Entrance } from './compare.ts'
import { type Pair, pairOf } from './compile.ts'
import { entrancesOf, type SchemaEntrance } from './entrances.ts'
import { mutate, vocabularyOf } from './mutate.ts'
import { Random } from './random.ts'
import { ValidValues } from './valid-value.ts'

/** Counts of outcomes. */
export interface Tally {
  cases: number
  /** Cases that the library accepts, and how many of these the generated validators accept alone. */
  accepted: number
  acceptedAtOnce: number
  /** Cases in which the returned value was not the given one. */
  changed: number
}

export function emptyTally(): Tally {
  return { cases: 0, accepted: 0, acceptedAtOnce: 0, changed: 0 }
}

/** Values tried per set of documents: generating their code is more expensive than trying a value. */
export const VALUES_PER_RUN = 50

/**
 * Random documents and random values: the library and the generated validators must be
 * indistinguishable.
 */
export function property(
  tally: Tally,
  strict?: Strictness,
): fc.IProperty<[LexiconDocument[], number[]]> {
  const seeds = fc.array(fc.nat(), { minLength: VALUES_PER_RUN, maxLength: VALUES_PER_RUN })
  return fc.property(lexicons, seeds, (documents, each) => {
    // Prototype effects of a property with that name are specific to the library.
    if (strict && JSON.stringify(documents).includes('"__proto__"')) return
    const pair = pairOf(documents, strict)
    const entrances = entrancesOf(documents)
    const words = vocabularyOf(documents)
    for (const seed of each) {
      const random = new Random(seed)
      const entrance =
        entrances.length > 0 && random.chance(0.97) ? random.pick(entrances) : undefined
      const values = new ValidValues(documents, random)
      if (!entrance) {
        check(
          pair,
          strangeEntrance(documents, random),
          random.pick([{}, undefined, { $type: documents[0]?.id }]),
          tally,
        )
        continue
      }
      let value = entrance.isRecord
        ? Object.assign({ $type: entrance.nsid }, values.of(entrance.schema, entrance.nsid, 4))
        : values.of(entrance.schema, entrance.nsid, 4)
      if (random.chance(0.55)) value = mutate(value, words, random)
      check(pair, entrance, value, tally)
    }
  })
}

/** Compares one call; throws if the outcomes differ. */
export function check(
  pair: Pair,
  entrance: Entrance | SchemaEntrance,
  value: unknown,
  tally: Tally,
): void {
  tally.cases++
  const expected = call(pair.reference, entrance, value)
  const actual = call(pair.compiled, entrance, value)
  const told = difference(expected, actual)
  if (told !== undefined) throw new Error(`${entrance.method}('${entrance.uri}'): ${told}`)
  const yes = accepted(expected)
  if (!yes || !('asks' in entrance)) return
  tally.accepted++
  if (yes.value !== value) tally.changed++
  const { table, uri } = entrance.asks
  const validator = pair.validators[table].get(uri)
  if (!validator) throw new Error(`There is no generated function for ${table} of ${uri}`)
  const own = validator(value)
  if (own === undefined) {
    throw new Error(
      `${entrance.method}('${entrance.uri}'): the generated function left a yes to the library`,
    )
  }
  tally.acceptedAtOnce++
}

/** An entry point outside the documents, or with another spelling. */
function strangeEntrance(documents: readonly LexiconDocument[], random: Random): Entrance {
  const { id = '', defs = {} } = documents[0] ?? {}
  const name = random.pick(Object.keys(defs))
  return {
    method: random.pick([
      'validate',
      'assertValidRecord',
      'assertValidXrpcParams',
      'assertValidXrpcInput',
      'assertValidXrpcOutput',
      'assertValidXrpcMessage',
    ]),
    uri: random.pick([
      id,
      `lex:${id}`,
      `${id}#main`,
      `lex:${id}#main`,
      `${id}#${name}`,
      `lex:${id}#${name}`,
      'com.example.none',
      '',
      '#main',
      'a#b#c',
      'lex:',
    ]),
  }
}
