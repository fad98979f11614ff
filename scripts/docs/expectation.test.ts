import { describe, expect, it } from '@jest/globals'
import { compareOutput, type Learned, substitute } from './expectation.ts'

describe('compareOutput', () => {
  const compare = (shown: string, actual: string): readonly [string | undefined, Learned] => {
    const learned: Learned = new Map()
    return [compareOutput(shown, actual, learned), learned]
  }

  it.each([
    ['the same', 'done', 'done'],
    ['another duration', '3 written (12 ms)', '3 written (1345 ms)'],
    ['another code', 'txhhw-3s5yy', 'abcde-fghij'],
    ['JSON in another order', '{"a":1,"b":"x"}', '{"b":"x","a":1}'],
    ['JSON with more, where that is said', '{"a":1,…}', '{"a":1,"b":2}'],
    ['lines in between', 'first\n…\nlast', 'first\nsecond\nthird\nlast'],
    ['anything to the end', 'first\n…', 'first\nsecond'],
    ['a part of a line', 'error in a.ts(7,…): …', 'error in a.ts(7,13): it is wrong'],
  ])('accepts %s', (_, shown, actual) => {
    expect(compare(shown, actual)[0]).toBeUndefined()
  })

  it.each([
    ['another word', 'done', 'gone'],
    ['another number of lines', 'a\nb', 'a'],
    ['another count', '4 files written', '5 files written'],
    ['more lines', 'a', 'a\nb'],
    ['a code of another shape', 'txhhw-3s5yy', 'txhhw-3s5y'],
    ['JSON with more', '{"a":1}', '{"a":1,"b":2}'],
    ['JSON with less', '{"a":1,"b":2}', '{"a":1}'],
    ['JSON of another type', '{"a":1}', '{"a":"1"}'],
    ['another value of a word', '{"status":"active"}', '{"status":"deleted"}'],
    ['an error in place of JSON', '{"code":"abcde-fghij"}', '{"error":"InvalidRequest"}'],
    ['no JSON', '{"a":1}', 'Bad Gateway'],
  ])('refuses %s', (_, shown, actual) => {
    expect(compare(shown, actual)[0]).toEqual(expect.any(String))
  })

  it('learns values that are copied into later commands', () => {
    const [problem, learned] = compare(
      '{"jwt":"eyJ…k3Aw","other":"eyJ…Vq0M","did":"did:plc:t7u7euumrd7yr67mvjrmcnzk"}',
      '{"jwt":"eyJa.one-1","other":"eyJa.two-2","did":"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"}',
    )
    expect(problem).toBeUndefined()
    expect(substitute('-H "Bearer eyJ…Vq0M" did:plc:t7u7euumrd7yr67mvjrmcnzk', learned)).toBe(
      '-H "Bearer eyJa.two-2" did:plc:aaaaaaaaaaaaaaaaaaaaaaaa',
    )
  })
})
