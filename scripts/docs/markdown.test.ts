import { describe, expect, it } from '@jest/globals'
import { readBlocks, readSteps } from './markdown.ts'

const FENCE = '```'

describe('readBlocks', () => {
  it('finds blocks, in lists too, with their lines, languages and comments', () => {
    const markdown = [
      'Text.',
      '',
      '<!-- folder: empty -->',
      '<!-- hidden:',
      'touch a',
      '-->',
      '',
      `${FENCE}sh`,
      'ls',
      FENCE,
      '',
      '1. A list:',
      '',
      `   ${FENCE}ts`,
      '   const a = {',
      '     b: 1,',
      '   }',
      `   ${FENCE}`,
    ].join('\n')
    expect(readBlocks('x.md', markdown)).toEqual([
      {
        document: 'x.md',
        line: 8,
        language: 'sh',
        text: 'ls',
        directives: new Map([
          ['folder', 'empty'],
          ['hidden', 'touch a'],
        ]),
      },
      {
        document: 'x.md',
        line: 14,
        language: 'ts',
        text: 'const a = {\n  b: 1,\n}',
        directives: new Map(),
      },
    ])
  })

  it('ignores other comments', () => {
    const [block] = readBlocks('x.md', `<!-- table: a -->\n\n${FENCE}sh\nls\n${FENCE}`)
    expect(block?.directives.size).toBe(0)
  })

  it('refuses a comment without a block', () => {
    expect(() => readBlocks('x.md', '<!-- not run: no reason -->\n\nText.')).toThrow(
      'x.md:3: a comment for a block is not followed by one',
    )
  })
})

describe('readSteps', () => {
  it('distinguishes comments for readers from expected output', () => {
    expect(readSteps('# first\na=1\necho $a\n# 1\n\n# second\nb\n\n# at the end')).toEqual([
      { command: 'a=1\necho $a', output: '1' },
      { command: 'b', output: undefined },
    ])
  })
})
