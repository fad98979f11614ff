import { BlobRef, jsonStringToLex, stringifyLex } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import { CID } from 'multiformats/cid'
import { BlobReference, lexJson } from './values.ts'

const link = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'
const cid = CID.parse(link)
const blob = { $type: 'blob', ref: { $link: link }, mimeType: 'image/png', size: 5 }
const legacy = { cid: link, mimeType: 'image/png' }

const decode = (value: unknown): unknown =>
  lexJson.decode(new TextEncoder().encode(JSON.stringify(value)), 'application/json; charset=utf-8')

/** Replaces blob references of either class by their contents. */
function plain(value: unknown): unknown {
  if (value instanceof BlobRef || value instanceof BlobReference) {
    const { ref, mimeType, size } = value
    return ['a blob', ref, mimeType, size, value.ipld(), value.toJSON()]
  }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array || CID.asCID(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}

describe('JSON with links, bytes and blobs', () => {
  it.each<[string, unknown]>([
    ['a link', { $link: link }],
    ['a link with more', { $link: link, more: 1 }],
    ['a link that is none', { $link: 'bafy' }],
    ['a link that is no text', { $link: 5 }],
    ['bytes', { $bytes: 'AQID' }],
    ['bytes with more', { $bytes: 'AQID', more: 1 }],
    ['bytes that are none', { $bytes: '*' }],
    ['a blob', blob],
    ['a blob with more', { ...blob, more: 1 }],
    ['a blob without a size', { ...blob, size: undefined }],
    ['a blob with a text for a link', { ...blob, ref: link }],
    ['a blob with a wrong type', { ...blob, mimeType: 5 }],
    ['a blob of the old form', legacy],
    ['a blob of the old form with more', { ...legacy, more: 1 }],
    [
      'all of them, nested',
      { a: [blob, [legacy, { b: { $link: link } }]], c: { $bytes: '' }, d: null },
    ],
    ['other values', [1, 1.5, 'x', true, null, {}, [], { $type: 'x' }]],
  ])('%s is read and written as by @atproto/lexicon', (_, value) => {
    const theirs = jsonStringToLex(JSON.stringify(value))
    const ours = decode(value)
    expect(plain(ours)).toEqual(plain(theirs))
    expect(lexJson.encode(ours)).toBe(stringifyLex(theirs))
    expect(lexJson.encode(theirs)).toBe(stringifyLex(theirs))
  })

  it('omits undefined properties, and accepts views of buffers', () => {
    const bytes = new Uint8Array([0, 1, 2, 3]).subarray(1, 3)
    const value = { a: undefined, b: bytes, c: cid, d: [{ e: undefined }] }
    expect(lexJson.encode(value)).toBe(stringifyLex(value))
  })

  it.each<[string, unknown]>([
    ['an old blob with a link that is none', { cid: 'x', mimeType: 'y' }],
    ['a key that could change a prototype', JSON.parse('{"a":{"__proto__":{"b":1}}}')],
  ])('%s is an error', (_, value) => {
    expect(() => jsonStringToLex(JSON.stringify(value))).toThrow()
    expect(() => decode(value)).toThrow()
  })
})
