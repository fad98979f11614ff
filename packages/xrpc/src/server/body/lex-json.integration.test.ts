import { BlobRef, jsonToLex, lexToJson } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { isPlainJson, textMayHoldLexValues } from './lex-json.ts'

const cid = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'
const key = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.constantFrom('$link', '$bytes', '$type', 'cid', 'mimeType', 'ref', 'size', '/', 'bytes'),
)
const leaf = fc.oneof(
  fc.string({ maxLength: 3 }),
  fc.double(),
  fc.boolean(),
  fc.constantFrom<unknown>(null, cid, 'blob', 'AQID', 1),
)

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)]
}

function tree(extra: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      extra.length > 0 ? fc.oneof(leaf, fc.constantFrom(...extra)) : leaf,
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(key, tie('any'), { maxKeys: 4, noNullPrototype: false }),
    ),
  })).any
}

describe('textMayHoldLexValues', () => {
  it('is false only if reading JSON as Lexicon data changes nothing', () => {
    let plain = 0
    fc.assert(
      fc.property(tree([]), (value) => {
        const text = JSON.stringify(value)
        if (text === undefined || textMayHoldLexValues(text)) return
        plain++
        expect(jsonToLex(JSON.parse(text))).toEqual(JSON.parse(text))
      }),
      { numRuns: 3_000 },
    )
    expect(plain).toBeGreaterThan(500)
  })

  it.each([
    `{"a":{"$link":"${cid}"}}`,
    `{"a":{"\\u0024link":"${cid}"}}`,
    '{"$bytes":"AQID"}',
    `{"cid":"${cid}","mimeType":"a/b"}`,
    `{"cid":"${cid}","mim\\u0065Type":"a/b"}`,
    '{"__proto__":1}',
    '{"__pr\\u006fto__":1}',
  ])('is true for %s', (text) => {
    expect(textMayHoldLexValues(text)).toBe(true)
  })

  it('is true for nesting that conversion may refuse', () => {
    expect(textMayHoldLexValues(JSON.stringify(nested(500)))).toBe(false)
    expect(textMayHoldLexValues(JSON.stringify(nested(501)))).toBe(true)
    expect(textMayHoldLexValues(`${'[{"a":'.repeat(251)}1${'}]'.repeat(251)}`)).toBe(true)
  })
})

describe('isPlainJson', () => {
  it('is true only if writing Lexicon data as JSON changes nothing', () => {
    const link = CID.parse(cid)
    const special = [link, new Uint8Array([1]), new BlobRef(link, 'a/b', 1), new Date(0), undefined]
    let plain = 0
    fc.assert(
      fc.property(tree([...special, new Map(), () => 1, Number.NaN]), (value) => {
        if (!isPlainJson(value)) return
        plain++
        expect(JSON.stringify(value)).toBe(JSON.stringify(lexToJson(value as never)))
      }),
      { numRuns: 3_000 },
    )
    expect(plain).toBeGreaterThan(500)
  })

  it.each([
    ['a CID', CID.parse(cid)],
    ['bytes', new Uint8Array([1])],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['an instance of a class', new (class {})()],
    ['a function', () => 1],
    ['a bigint', 1n],
    ['undefined in an array', [undefined]],
    ['a hole in an array', new Array(1)],
    ['an array with a JSON form of its own', Object.assign([1], { toJSON: () => 'x' })],
    ['a key that would set the prototype', JSON.parse('{"__proto__":1}')],
    ['what looks like a CID of another library', { '/': 'a', bytes: 'a' }],
    ['nesting that conversion may refuse', nested(501)],
  ])('is false for %s, at any depth', (_, value) => {
    expect(isPlainJson(value)).toBe(false)
    expect(isPlainJson({ a: [{ b: value }] })).toBe(false)
  })

  it('is true for nesting that is deep but not too deep', () => {
    expect(isPlainJson(nested(500))).toBe(true)
  })
})
