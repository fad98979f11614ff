import { describe, expect, it } from '@jest/globals'
import type { Location } from './diagnostic.ts'
import { locate } from './locate.ts'
import { renderDiagnostic } from './render.ts'

const frame = (text: string, path: Location['path']): string[] =>
  renderDiagnostic(
    { code: 'invalid-field', message: 'No.', help: 'Do.', at: { file: 'a.json', path } },
    text,
    { color: false },
  ).split('\n')

describe('a code frame', () => {
  it('truncates a long line before and after the location', () => {
    const text = JSON.stringify({ before: 'x'.repeat(1e6), wrong: 7, after: 'y'.repeat(1e6) })
    const [, place, , shown = '', marks = ''] = frame(text, ['wrong'])
    expect(place).toBe(' --> a.json:1:1000022')
    expect(shown.length).toBeLessThanOrEqual(165)
    expect(shown).toMatch(/^1 \| \.\.\.x.*"wrong":7,.*\.\.\.$/)
    expect(shown[marks.indexOf('^')]).toBe('7')
  })

  it('contains no carriage return', () => {
    expect(frame('{\r\n  "a": "b"\r\n}', ['a']).slice(3, 5)).toEqual([
      '2 |   "a": "b"',
      '  |        ^^^',
    ])
  })
})

describe('untrusted names', () => {
  it('cannot control the terminal', () => {
    const report = {
      code: 'invalid-field',
      message: 'No "\u001b[2J".',
      help: 'Do \u202e.',
      at: { file: 'a\n\u001b[31m.json', path: [] },
    }
    expect(renderDiagnostic(report, '', { color: false })).toBe(
      'error[invalid-field]: No "\ufffd[2J".\n --> a \ufffd[31m.json:1:1\n  = help: Do \ufffd.',
    )
  })
})

describe('locate', () => {
  it('survives an extremely nested text', () => {
    const text = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`
    expect(locate(text, { file: '', path: ['a'] })).toMatchObject({ line: 1, column: 1 })
  })

  it('finds the last of two values of one key, as JSON.parse does', () => {
    expect(locate('{"a":1,\n"a":2}', { file: '', path: ['a'] })).toMatchObject({ line: 2 })
  })

  it('stops at the nearest existing value', () => {
    const at = { file: '', path: ['a', 1, 'x', 'y'] }
    expect(locate('{"a":[0,\n{"b":1}]}', at)).toEqual({ line: 2, column: 1, length: 7 })
  })

  it('stays within the text', () => {
    expect(locate('', { file: '', path: [] })).toEqual({ line: 1, column: 1, length: 1 })
    expect(locate('a\n', { file: '', path: [], offset: 2 })).toMatchObject({ line: 2, column: 1 })
  })
})
