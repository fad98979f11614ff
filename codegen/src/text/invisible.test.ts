import { describe, expect, it } from '@jest/globals'
import { escaped, forTerminal, visible } from './invisible.ts'

/** A control, a line separator, a direction override, an isolate, and a tag outside the BMP. */
const HIDDEN = ['\u0007', '\u2028', '\u202e', '\u2066', '\u00ad', '\u{e0041}']

describe('untrusted text', () => {
  it.each(HIDDEN)('%j becomes a replacement character', (character) => {
    expect(visible(`a${character}b`)).toBe('a\ufffdb')
    expect(forTerminal(`a${character}b`)).toBe('a\ufffdb')
  })

  it.each(HIDDEN)('%j becomes an equivalent escape in a literal', (character) => {
    const literal = escaped(JSON.stringify(`a${character}b`))
    expect(literal).toMatch(/^[ -~]*$/)
    expect(JSON.parse(literal)).toBe(`a${character}b`)
  })

  it('keeps joiners in letters and emoji', () => {
    const text = 'می\u200cخواهم 👩\u200d🚀'
    expect(visible(text)).toBe(text)
  })

  it("keeps the generator's colours on a terminal, and no other sequence", () => {
    expect(forTerminal('\u001b[31mred\u001b[39m \u001b[8mhidden\u001b]0;title\u0007')).toBe(
      '\u001b[31mred\u001b[39m \ufffd[8mhidden\ufffd]0;title\ufffd',
    )
  })
})
