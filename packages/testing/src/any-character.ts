import fc from 'fast-check'

const SURROGATES = { from: 0xd800, count: 0x800 }

/**
 * Any character, as a unit of `fc.string`. The library's own, `binary`, lists all of them before its first value, which
 * takes more than a second.
 */
export function anyCharacter(): fc.Arbitrary<string> {
  return fc
    .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
    .map((code) => String.fromCodePoint(code < SURROGATES.from ? code : code + SURROGATES.count))
}
