import { expect, it } from '@jest/globals'
import { rounds } from '../rounds.ts'
import { accepted, call } from './compare.ts'
import { type Pair, pairOf } from './compile.ts'
import { Random } from './random.ts'
import { changedText, FORMATTED, textOf } from './strings.ts'

/** Each format separately: strings of it, and strings one to three changes away. */

const ENTRANCE = { method: 'validate', uri: 'com.example.it#view' } as const

function pairFor(format: string): Pair {
  const a = { type: 'string', format }
  const view = { type: 'object', required: ['a'], properties: { a } }
  return pairOf([{ lexicon: 1, id: 'com.example.it', defs: { view } }])
}

it.each(Object.entries(FORMATTED))('%s', (format, samples) => {
  const pair = pairFor(format)
  const validator = pair.validators.definitions.get(ENTRANCE.uri)
  const seed = Math.floor(Math.random() * 2 ** 31)
  const random = new Random(seed)
  let yes = 0
  let no = 0
  const compare = (a: string): void => {
    const expected = accepted(call(pair.reference, ENTRANCE, { a })) !== undefined
    if ((validator?.({ a }) !== undefined) !== expected) {
      throw new Error(`${JSON.stringify(a)} is ${expected ? 'a' : 'no'} ${format} (seed ${seed})`)
    }
    if (expected) yes++
    else no++
  }
  for (const sample of samples) compare(sample)
  for (let round = 0; round < rounds(3_000); round++) {
    let text = random.chance(0.9) ? random.pick(samples) : textOf(random.integer(0, 70), random)
    for (let changes = random.integer(0, 3); changes > 0; changes--)
      text = changedText(text, random)
    if (random.chance(0.2)) text = spliced(text, random.pick(samples), random)
    compare(text)
  }
  // The comparison is meaningful only if both verdicts occur.
  expect(yes).toBeGreaterThan(90)
  if (format !== 'com.example.unknown') expect(no).toBeGreaterThan(90)
})

/** The beginning of one text followed by the end of another. */
function spliced(one: string, other: string, random: Random): string {
  return one.slice(0, random.integer(0, one.length)) + other.slice(random.integer(0, other.length))
}

it('agrees on every length around the bounds of the common forms', () => {
  const long = (length: number, start: string, end = ''): string =>
    start + 'a'.repeat(Math.max(0, length - start.length - end.length)) + end
  const did = 'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/'
  const texts: readonly (readonly [string, (length: number) => string])[] = [
    ['at-uri', (length) => long(length, `${did}com.example.`, '/self')],
    ['at-uri', (length) => long(length, `${did}com.`, '.thing/self')],
    ['at-uri', (length) => long(length, `${did}`, '.example.thing/self')],
    ['at-uri', (length) => long(length, `${did}com.example.thing/`)],
    ['at-uri', (length) => long(length, 'at://did:plc:', '/com.example.thing/self')],
    // A short DID leaves room for a segment that is too long.
    ['at-uri', (length) => long(length, 'at://did:plc:e/', '.a.a/a')],
    ['at-uri', (length) => long(length, 'at://did:plc:e/a.a.', '/a')],
    ['handle', (length) => long(length, '', '.test')],
    ['handle', (length) => long(length, 'alice.')],
    ['handle', (length) => `${'a.'.repeat(length / 2)}test`],
    ['did', (length) => long(length * 20, 'did:plc:')],
    ['nsid', (length) => long(length, 'com.example.')],
    ['cid', (length) => long(length, 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz')],
    ['record-key', (length) => long(length * 4, '')],
    ['language', (length) => long(length, 'en-')],
  ]
  for (const [format, make] of texts) {
    const pair = pairFor(format)
    for (let length = 1; length < 200; length++) {
      const value = { a: make(length) }
      const expected = accepted(call(pair.reference, ENTRANCE, value)) !== undefined
      const actual = pair.validators.definitions.get(ENTRANCE.uri)?.(value) !== undefined
      expect({ ...value, actual }).toEqual({ ...value, actual: expected })
    }
  }
})
