import { BlobRef, ValidationError } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import { ask, documents, fails, messageOf, NSID, OTHER, object, passes, property } from './ask.ts'
import { pairOf } from './compile.ts'
import { SOME_CID } from './valid-value.ts'

/** Verdicts of `@atproto/lexicon` on values, quirk by quirk, which generated validators must share. */

describe('order and extras', () => {
  it('reports the first failure in schema order', () => {
    const pair = pairOf(
      documents({
        view: object({ b: { type: 'string' }, a: { type: 'string' } }, { required: ['a', 'b'] }),
      }),
    )
    const error = ask(pair, { method: 'validate', uri: `${NSID}#view` }, { a: 1, b: 1 })
    expect(messageOf(error)).toBe('Object/b must be a string')
  })

  it('checks integer-like keys first', () => {
    const pair = pairOf(
      documents({ view: object({ b: { type: 'string' }, 1: { type: 'string' } }) }),
    )
    const error = ask(pair, { method: 'validate', uri: `${NSID}#view` }, { b: 1, 1: 1 })
    expect(messageOf(error)).toBe('Object/1 must be a string')
  })

  it('keeps extra properties', () => {
    const value = { a: 'x', more: Symbol('s') }
    expect(property({ type: 'string' }, value)).toBe(value)
  })

  it("does not check an object's own $type", () => {
    const value = { a: 'x', $type: 7 }
    expect(property({ type: 'string' }, value)).toBe(value)
  })
})

describe('records', () => {
  const pair = pairOf(
    documents({ main: { type: 'record', key: 'tid', record: object({ a: { type: 'string' } }) } }),
  )
  const record = (value: unknown, uri = NSID): unknown =>
    ask(pair, { method: 'assertValidRecord', uri }, value)

  it.each([
    ['the bare form', { $type: NSID }],
    ['the lex: form', { $type: `lex:${NSID}` }],
    ['an inherited one', Object.create({ $type: NSID })],
  ])('accepts $type in %s', (_, value) => expect(record(value)).toBe(value))

  it.each([
    ['none', {}, 'Record/$type must be a string'],
    ['a number', { $type: 1 }, 'Record/$type must be a string'],
    ['another', { $type: OTHER }, `Invalid $type: must be lex:${NSID}, got ${OTHER}`],
    ['#main', { $type: `${NSID}#main` }, `Invalid $type: must be lex:${NSID}, got ${NSID}#main`],
  ])('refuses %s as $type', (_, value, message) => expect(messageOf(record(value))).toBe(message))

  it('requires #main if the URI has #main', () => {
    const value = { $type: `${NSID}#main` }
    expect(record(value, `${NSID}#main`)).toBe(value)
    expect(record({ $type: NSID }, `${NSID}#main`)).toBeInstanceOf(ValidationError)
  })

  it('throws a plain error for a $type that is not a URI', () => {
    expect((record({ $type: '#a' }) as Error).constructor).toBe(Error)
    expect((record({ $type: 'a#b#c' }) as Error).constructor).toBe(Error)
  })
})

describe('objects', () => {
  it.each([
    ['an array', []],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
  ])('accepts %s as one', (_, a) => passes(object({}), a))
  it('accepts neither null nor a function as one', () => {
    fails(object({}), null, 'Object/a must be an object')
    fails(object({}), () => {}, 'Object/a must be an object')
  })

  it('accepts null only if it is listed, and then without a default', () => {
    const value = { a: null }
    expect(property({ type: 'string', default: 'x' }, value, { nullable: ['a'] })).toBe(value)
    expect(property({ type: 'string' }, value, {})).toBeInstanceOf(ValidationError)
  })

  it('skips an optional undefined, unless an inline scalar has a default', () => {
    const value = {}
    expect(property({ type: 'string' }, value, {})).toBe(value)
    expect(property({ type: 'boolean', default: false }, value, {})).toEqual({ a: false })
    expect(property({ type: 'integer', default: 0 }, { a: undefined }, {})).toEqual({ a: 0 })
    expect(property({ type: 'string', default: '' }, value, {})).toEqual({ a: '' })
  })

  it('fills in a default through a ref only when the property is required', () => {
    const defs = { text: { type: 'string', default: 'x' } }
    const value = {}
    expect(property({ type: 'ref', ref: '#text' }, value, {}, defs)).toBe(value)
    expect(property({ type: 'ref', ref: '#text' }, value, { required: ['a'] }, defs)).toEqual({
      a: 'x',
    })
  })

  it('ignores a required property that is not declared', () => {
    const value = {}
    expect(property({ type: 'string' }, value, { required: ['b'] })).toBe(value)
  })

  it('reports a missing required property before a type error', () => {
    expect(
      messageOf(property({ type: 'array', items: { type: 'string' } }, { a: undefined })),
    ).toBe('Object must have the property "a"')
    expect(messageOf(property({ type: 'union', refs: [] }, {}))).toBe(
      'Object must have the property "a"',
    )
  })
})

describe('prototype reads', () => {
  it('accepts inherited values', () => {
    const value = Object.create({ a: 'x' })
    expect(property({ type: 'string' }, value)).toBe(value)
  })

  it.each(['toString', 'constructor'])('fails on {} where %s is declared', (name) => {
    const pair = pairOf(documents({ view: object({ [name]: { type: 'string' } }) }))
    const error = ask(pair, { method: 'validate', uri: `${NSID}#view` }, {})
    expect(messageOf(error)).toBe(`Object/${name} must be a string`)
  })

  it('drops inherited values from copies', () => {
    const value = Object.create({ b: 1 })
    const copy = property({ type: 'integer', default: 3 }, value, {}) as object
    expect(copy).toEqual({ a: 3 })
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })
})

describe('copy on write', () => {
  const view = object({ a: object({ n: { type: 'integer', default: 1 } }), b: object({}) })
  const pair = pairOf(documents({ view }))
  const entrance = { method: 'validate', uri: `${NSID}#view` } as const

  it('returns the same object if nothing changed', () => {
    const value = { a: { n: 2 }, b: {} }
    expect(ask(pair, entrance, value)).toBe(value)
  })

  it('copies only the objects on the path to a change', () => {
    const value = { a: {}, b: {} }
    const result = ask(pair, entrance, value) as typeof value
    expect(result).toEqual({ a: { n: 1 }, b: {} })
    expect(result).not.toBe(value)
    expect(result.b).toBe(value.b)
    expect(value).toEqual({ a: {}, b: {} })
  })

  it('discards changes inside arrays', () => {
    const items = object({ n: { type: 'integer', default: 1 } })
    passes({ type: 'array', items }, [{}, {}])
    passes({ type: 'array', items: { type: 'string', default: 'x' } }, [undefined])
  })
})

describe('defaults', () => {
  it('are not validated', () => {
    expect(property({ type: 'string', default: 'xyz', enum: ['a'], maxLength: 1 }, {}, {})).toEqual(
      { a: 'xyz' },
    )
    expect(property({ type: 'integer', default: 7, maximum: 3 }, {}, {})).toEqual({ a: 7 })
  })
})

describe('booleans and integers', () => {
  it('checks a boolean against const', () => {
    passes({ type: 'boolean', const: true }, true)
    fails({ type: 'boolean', const: true }, false, 'Object/a must be true')
    fails({ type: 'boolean' }, 1, 'Object/a must be a boolean')
  })

  it.each([Number.NaN, 1.5, Number.POSITIVE_INFINITY, '1', 1n])(
    'does not accept %p as an integer',
    (a) => fails({ type: 'integer' }, a, 'Object/a must be an integer'),
  )
  it.each([-0, 2 ** 53, -(2 ** 60), 1e300])('accepts %p as an integer', (a) =>
    passes({ type: 'integer' }, a),
  )

  it('checks const, enum, maximum and minimum in this order', () => {
    const schema = { type: 'integer', const: 5, enum: [5, 6], maximum: 5, minimum: 5 }
    passes(schema, 5)
    fails(schema, 9, 'Object/a must be 5')
    fails({ type: 'integer', enum: [1], maximum: 0 }, 2, 'Object/a must be one of (1)')
    fails({ type: 'integer', maximum: 1, minimum: 2 }, 3, 'Object/a can not be greater than 1')
    fails({ type: 'integer', maximum: 3, minimum: 2 }, 1, 'Object/a can not be less than 2')
  })
})

describe('strings', () => {
  it('rejects everything with an empty enum', () =>
    fails({ type: 'string', enum: [] }, '', 'Object/a must be one of ()'))
  it('never checks knownValues', () => passes({ type: 'string', knownValues: ['a'] }, 'b'))
  it('rejects String objects', () =>
    fails({ type: 'string' }, new String('x'), 'Object/a must be a string'))

  it('counts UTF-8 bytes, three for a lone surrogate', () => {
    passes({ type: 'string', maxLength: 4 }, '😀')
    fails({ type: 'string', maxLength: 3 }, '😀', 'Object/a must not be longer than 3 characters')
    passes({ type: 'string', minLength: 3, maxLength: 3 }, '\ud800')
    fails(
      { type: 'string', maxLength: 2 },
      '\ud800',
      'Object/a must not be longer than 2 characters',
    )
    fails(
      { type: 'string', minLength: 4 },
      '\udc00',
      'Object/a must not be shorter than 4 characters',
    )
  })

  it('counts grapheme clusters by Unicode rules', () => {
    const family = '👨‍👩‍👧‍👦'
    passes({ type: 'string', maxGraphemes: 1, minGraphemes: 1 }, family)
    passes({ type: 'string', maxGraphemes: 1 }, '\r\n')
    passes({ type: 'string', maxGraphemes: 1 }, 'क्षि')
    fails({ type: 'string', maxGraphemes: 1 }, 'ab', 'Object/a must not be longer than 1 graphemes')
    fails(
      { type: 'string', minGraphemes: 2 },
      family,
      'Object/a must not be shorter than 2 graphemes',
    )
    fails(
      { type: 'string', maxGraphemes: 1 },
      '\n\r',
      'Object/a must not be longer than 1 graphemes',
    )
  })

  it('reports a length before a format', () =>
    fails(
      { type: 'string', maxLength: 1, format: 'did' },
      'xyz',
      'Object/a must not be longer than 1 characters',
    ))

  it('accepts unknown formats', () => passes({ type: 'string', format: 'com.example.none' }, '?'))
  it('has no format named toString', () => passes({ type: 'string', format: 'toString' }, '?'))
})

describe('formats', () => {
  const yes: readonly (readonly [string, string])[] = [
    ['datetime', '1985-04-12T23:20:50'],
    ['datetime', '1985-04-12T23:20:50+0000'],
    ['datetime', '1985-02-30T23:20:50Z'],
    ['datetime', '1985-04-12T24:00:00Z'],
    ['datetime', '19850412T232050Z'],
    ['uri', 'x:y'],
    ['uri', `x:${'y'.repeat(100_000)}`],
    ['language', 'i-navajo'],
    ['cid', 'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR'],
    ['at-uri', 'at://alice.test'],
  ]
  const no: readonly (readonly [string, string])[] = [
    ['datetime', '1985-04-12t23:20:50z'],
    ['datetime', '1985-04-12T23:20:50-00:00'],
    ['uri', 'https://a b'],
    ['language', 'en_US'],
    ['cid', 'BAFYREIDFAYVFUWQA7QLNOPDJIQRXZS6BLMOEU4RUJCJTNCI5BELUDIRZ2A'],
    ['cid', `z${'1'.repeat(128)}`],
    ['at-uri', 'at://alice.test/com.example.thing/'],
    ['at-uri', 'at://alice.test/com.example.thing/a?b'],
  ]
  it.each(yes)('%s accepts %s', (format, a) => passes({ type: 'string', format }, a))
  it.each(no)('%s refuses %s', (format, a) => {
    expect(property({ type: 'string', format }, { a })).toBeInstanceOf(ValidationError)
  })
})

describe('arrays and bytes', () => {
  it('checks maxLength, minLength and items in this order', () => {
    const items = { type: 'string' }
    fails(
      { type: 'array', items, maxLength: 1, minLength: 3 },
      [1, 2],
      'Object/a must not have more than 1 elements',
    )
    fails(
      { type: 'array', items, minLength: 3 },
      [1, 2],
      'Object/a must not have fewer than 3 elements',
    )
    fails({ type: 'array', items }, ['x', 2], 'Object/a/1 must be a string')
    fails({ type: 'array', items }, { length: 0 }, 'Object/a must be an array')
  })

  it('reads array holes as undefined', () => {
    const sparse: unknown[] = []
    sparse[1] = 'x'
    fails({ type: 'array', items: { type: 'string' } }, sparse, 'Object/a/0 must be a string')
    passes({ type: 'array', items: { type: 'string', default: '' } }, sparse)
  })

  it('accepts every Uint8Array as bytes, and nothing else', () => {
    passes({ type: 'bytes', minLength: 1, maxLength: 3 }, Buffer.from('abc'))
    fails({ type: 'bytes' }, new ArrayBuffer(1), 'Object/a must be a byte array')
    fails(
      { type: 'bytes', maxLength: 1, minLength: 5 },
      new Uint8Array(2),
      'Object/a must not be larger than 1 bytes',
    )
    fails(
      { type: 'bytes', minLength: 3 },
      new Uint8Array(2),
      'Object/a must not be smaller than 3 bytes',
    )
  })
})

describe('unknown, cid-link, blob and types without values', () => {
  it('accepts any non-null object as unknown', () => {
    passes({ type: 'unknown' }, new Date(0))
    passes({ type: 'unknown' }, [])
    fails({ type: 'unknown' }, null, 'Object/a must be an object')
    fails({ type: 'unknown' }, 'x', 'Object/a must be an object')
  })

  it('accepts CIDs of any copy of the library as a cid-link', () => {
    passes({ type: 'cid-link' }, SOME_CID)
    const { bytes, version, code, multihash } = SOME_CID
    passes({ type: 'cid-link' }, { '/': bytes, bytes, version, code, multihash })
    fails({ type: 'cid-link' }, SOME_CID.toString(), 'Object/a must be a CID')
  })

  it('ignores maxSize and accept of a blob', () => {
    const schema = { type: 'blob', maxSize: 1, accept: ['image/png'] }
    passes(schema, new BlobRef(SOME_CID, 'text/plain', 1000))
    fails(
      schema,
      { $type: 'blob', ref: SOME_CID, mimeType: 'image/png', size: 1 },
      'Object/a should be a blob ref',
    )
  })

  it.each([
    ['token', { type: 'token' }],
    ['record', { type: 'record', key: 'tid', record: object({}) }],
  ])('has no values for a %s in a nested place', (type, definition) => {
    const pair = pairOf(
      documents({ view: object({ a: { type: 'ref', ref: OTHER } }) }, { main: definition }),
    )
    const error = ask(pair, { method: 'validate', uri: `${NSID}#view` }, { a: {} })
    expect(messageOf(error)).toBe(`Unexpected lexicon type: ${type}`)
  })
})
