import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { rounds } from '../rounds.ts'
import { pairOf } from './compile.ts'
import { check, emptyTally, property, VALUES_PER_RUN } from './fuzz.ts'

const CASES = rounds(5_000)

it('cannot distinguish generated validators from the library in random cases', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  process.stdout.write(`differential fuzz: seed ${seed}\n`)
  const tally = emptyTally()
  fc.assert(property(tally), { seed, numRuns: CASES / VALUES_PER_RUN })
  // Otherwise the cases would not cover acceptance, or values that change.
  expect(tally.cases).toBe(CASES)
  expect(tally.accepted).toBeGreaterThan(CASES / 5)
  expect(tally.changed).toBeGreaterThan(CASES / 200)
  expect(tally.acceptedAtOnce).toBe(tally.accepted)
})

// Regressions that the fuzzer found.
const object = (properties: object, rest: object = {}) => ({ type: 'object', ...rest, properties })
const only = (view: object, defs: object = {}) => [
  { lexicon: 1, id: 'com.example.one', defs: { view, ...defs } },
]

it('generates a function for a recursive array', () => {
  const pair = pairOf(
    only(object({ a: { type: 'ref', ref: '#tree' } }), {
      tree: { type: 'array', items: { type: 'ref', ref: '#tree' }, maxLength: 2 },
    }),
  )
  const entrance = { method: 'validate', uri: 'com.example.one#view' } as const
  for (const value of [{ a: [[], [[]]] }, { a: [[1]] }, { a: [[], [], []] }, {}]) {
    check(pair, entrance, value, emptyTally())
  }
})

it('fills in a default named __proto__, and another one after it', () => {
  const inner = object({ a: { type: 'string', default: 'x' } })
  const properties = JSON.parse(
    JSON.stringify({ first: inner, last: inner }).replace('first', '__proto__'),
  )
  const pair = pairOf(only(object(properties)))
  const entrance = { method: 'validate', uri: 'com.example.one#view' } as const
  for (const value of [{}, { last: {} }, JSON.parse('{"__proto__": {}, "last": {}}')]) {
    check(pair, entrance, value, emptyTally())
  }
})
