import { BlobRef, ValidationError } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Strictness } from '../../emit/strictness.ts'
import { documents, messageOf, NSID, OTHER, object, type Schema } from './ask.ts'
import { accepted, call, difference, type Entrance } from './compare.ts'
import { type Pair, pairOf } from './compile.ts'
import { emptyTally, property } from './fuzz.ts'
import { SOME_CID } from './valid-value.ts'

/** The written specification where it is stricter than the library, each point separately, and all together. */

const NOTHING = { blobs: false, records: false, arrayDefaults: false }
const VIEW = { method: 'validate', uri: `${NSID}#view` } as const

function pairFor(strict: Partial<Strictness>, view: Schema, others: Schema = {}): Pair {
  return pairOf(documents({ view }, others), { ...NOTHING, ...strict })
}

/** Compares compiled validators with the interpreter of the same strictness. */
function ask(pair: Pair, value: unknown, entrance: Entrance = VIEW): unknown {
  const expected = call(pair.reference, entrance, value)
  expect(difference(expected, call(pair.compiled, entrance, value))).toBeUndefined()
  const yes = accepted(expected)
  if (yes) return yes.value
  return 'thrown' in expected ? expected.thrown : (expected.value as { error: unknown }).error
}

describe('blobs', () => {
  const schema = { type: 'blob', accept: ['image/*', 'text/plain'], maxSize: 100 }
  const pair = pairFor({ blobs: true }, object({ a: { type: 'array', items: schema } }))
  const blob = (type: string, size: number) => new BlobRef(SOME_CID, type, size)

  it.each([
    ['image/png', 100],
    ['text/plain', 1],
    // Blobs of the old form have no size.
    ['image/png', -1],
  ])('accepts %s of %i bytes', (type, size) => {
    const value = { a: [blob(type, size)] }
    expect(ask(pair, value)).toBe(value)
  })

  it.each([
    ['image/png', 101, 'Object/a/0 must not be larger than 100 bytes'],
    ['text/html', 1, 'Object/a/0 must be of one of the types image/*, text/plain'],
    ['imagex/png', 1, 'Object/a/0 must be of one of the types image/*, text/plain'],
  ])('refuses %s of %i bytes', (type, size, message) => {
    expect(messageOf(ask(pair, { a: [blob(type, size)] }))).toBe(message)
    expect(ask(pair, { a: [blob(type, size)] })).toBeInstanceOf(ValidationError)
  })

  it('accepts any type for */*', () => {
    const any = pairFor({ blobs: true }, object({ a: { type: 'blob', accept: ['*/*'] } }))
    expect(ask(any, { a: blob('x/y', 1e9) })).toEqual({ a: blob('x/y', 1e9) })
  })

  it('throws for a body, a message and a record too', () => {
    const body = { encoding: 'application/json', schema: object({ a: schema }) }
    const wrong = { a: blob('x/y', 1) }
    const all = { ...NOTHING, blobs: true }
    const procedure = pairOf(
      documents({ main: { type: 'procedure', input: body, output: body } }),
      all,
    )
    const message = { schema: { type: 'ref', ref: '#m' } }
    const stream = pairOf(
      documents({ main: { type: 'subscription', message }, m: object({ a: schema }) }),
      all,
    )
    const record = pairOf(
      documents({ main: { type: 'record', key: 'tid', record: object({ a: schema }) } }),
      all,
    )
    for (const [pair, method, value, path] of [
      [procedure, 'assertValidXrpcInput', wrong, 'Input'],
      [procedure, 'assertValidXrpcOutput', wrong, 'Output'],
      [stream, 'assertValidXrpcMessage', wrong, 'Message'],
      [record, 'assertValidRecord', { ...wrong, $type: NSID }, 'Record'],
    ] as const) {
      const message = messageOf(ask(pair, value, { method, uri: NSID }))
      expect(message).toBe(`${path}/a must be of one of the types image/*, text/plain`)
    }
  })
})

describe('records', () => {
  const record = {
    main: {
      type: 'record',
      key: 'tid',
      record: object({ t: { type: 'string' } }, { required: ['t'] }),
    },
  }
  const union = { type: 'union', refs: [OTHER], closed: true }
  const pair = pairFor(
    { records: true },
    object({ a: union, b: { type: 'ref', ref: OTHER } }),
    record,
  )

  it('are validated where a union or a ref points to them', () => {
    const value = { a: { $type: OTHER, t: 'x' }, b: { t: 'y' } }
    expect(ask(pair, value)).toBe(value)
    expect(messageOf(ask(pair, { a: { $type: OTHER } }))).toBe(
      'Object/a must have the property "t"',
    )
    expect(messageOf(ask(pair, { b: { t: 7 } }))).toBe('Object/b/t must be a string')
  })

  it('are validated where a body refers to them', () => {
    const input = { encoding: 'application/json', schema: union }
    const procedure = pairOf(documents({ main: { type: 'procedure', input } }, record), {
      ...NOTHING,
      records: true,
    })
    const entrance = { method: 'assertValidXrpcInput', uri: NSID } as const
    expect(ask(procedure, { $type: OTHER, t: 'x' }, entrance)).toEqual({ $type: OTHER, t: 'x' })
    expect(messageOf(ask(procedure, { $type: OTHER }, entrance))).toBe(
      'Input must have the property "t"',
    )
  })

  it('are still returned as records by getDefOrThrow', () => {
    expect(pair.compiled.getDefOrThrow(OTHER).type).toBe('record')
  })
})

describe('defaults inside arrays', () => {
  const item = object({ n: { type: 'integer', default: 1 }, s: { type: 'string' } })
  const pair = pairFor(
    { arrayDefaults: true },
    object({
      a: { type: 'array', items: item },
      b: { type: 'array', items: { type: 'string', default: 'x' } },
    }),
  )

  it('are filled in, copying only what changes', () => {
    const value = { a: [{ n: 2 }, { s: 'y' }], b: [undefined, 'z'] }
    const result = ask(pair, value) as typeof value
    expect(result).toEqual({ a: [{ n: 2 }, { n: 1, s: 'y' }], b: ['x', 'z'] })
    expect(result.a[0]).toBe(value.a[0])
    expect(value).toEqual({ a: [{ n: 2 }, { s: 'y' }], b: [undefined, 'z'] })
  })

  it('leave a complete array unchanged', () => {
    const value = { a: [{ n: 2 }], b: ['z'] }
    expect(ask(pair, value)).toBe(value)
  })
})

it('stays strict after a document is removed', () => {
  const pair = pairFor({ blobs: true }, object({ a: { type: 'blob', maxSize: 1 } }), {
    main: object({}),
  })
  for (const lexicons of [pair.reference, pair.compiled]) lexicons.remove(OTHER)
  expect(messageOf(ask(pair, { a: new BlobRef(SOME_CID, 'x/y', 2) }))).toBe(
    'Object/a must not be larger than 1 bytes',
  )
})

it('cannot distinguish strict validators from the strict interpreter in random cases', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  process.stdout.write(`strict differential fuzz: seed ${seed}\n`)
  const tally = emptyTally()
  fc.assert(property(tally, { blobs: true, records: true, arrayDefaults: true }), {
    seed,
    numRuns: 150,
  })
  expect(tally.accepted).toBeGreaterThan(500)
  expect(tally.acceptedAtOnce).toBe(tally.accepted)
}, 60_000)
