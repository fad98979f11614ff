import { schemas } from '@atproto/api'
import { expect, it } from '@jest/globals'
import type { LexiconDocument } from '../../parse/schema.ts'
import { rounds } from '../rounds.ts'
import { pairOf } from './compile.ts'
import { entrancesOf } from './entrances.ts'
import { check, emptyTally } from './fuzz.ts'
import { mutate, vocabularyOf } from './mutate.ts'
import { Random } from './random.ts'
import { ValidValues } from './valid-value.ts'

const documents = schemas as unknown as readonly LexiconDocument[]

it('cannot distinguish generated validators from the library on all published documents', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  process.stdout.write(`published documents: seed ${seed}\n`)
  const random = new Random(seed)
  const pair = pairOf(documents)
  const values = new ValidValues(documents, random)
  const words = vocabularyOf(documents)
  const tally = emptyTally()
  const entrances = entrancesOf(documents)
  for (const entrance of entrances) {
    const make = (): unknown => {
      const value = values.of(entrance.schema, entrance.nsid, 4)
      return entrance.isRecord ? Object.assign({ $type: entrance.nsid }, value) : value
    }
    check(pair, entrance, make(), tally)
    for (let round = 0; round < rounds(4); round++)
      check(pair, entrance, mutate(make(), words, random), tally)
  }
  expect(entrances.length).toBeGreaterThan(900)
  expect(tally.accepted).toBeGreaterThan(tally.cases / 4)
  expect(tally.acceptedAtOnce).toBe(tally.accepted)
})
