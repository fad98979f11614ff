import { describe, expect, it } from '@jest/globals'
import { parse } from '../parse/parse.ts'
import type { SourceFile } from '../parse/source.ts'
import { runPipeline } from '../pipeline.ts'
import { isPattern, matches } from './pattern.ts'
import { type Selection, select } from './select.ts'

const ref = (target: string): object => ({
  type: 'query',
  output: { encoding: 'application/json', schema: { type: 'ref', ref: target } },
})
const file = (id: string, main: object): SourceFile => ({
  path: `${id}.json`,
  name: id.replaceAll('.', '/'),
  text: JSON.stringify({ lexicon: 1, id, defs: { main, view: { type: 'object' } } }),
})
const documents = [
  file('com.example.a', ref('com.example.b#view')),
  file('com.example.b', ref('org.example.c#view')),
  file('org.example.c', { type: 'query' }),
  file('org.example.d', { type: 'query' }),
]

describe('patterns', () => {
  it.each([
    ['*', 'com.example.a', true],
    ['com.example.a', 'com.example.a', true],
    ['com.example.a', 'com.example.ab', false],
    ['com.example.*', 'com.example.a.b', true],
    ['com.example.*', 'com.example', false],
    ['com.example.*', 'com.examples.a', false],
  ])('%s matches %s: %s', (pattern, nsid, expected) =>
    expect(matches(pattern, nsid)).toBe(expected),
  )

  it.each([
    ['com.example.*', true],
    ['*', true],
    ['com.*.a', false],
    ['com.example*', false],
    ['', false],
  ])('%s is a pattern: %s', (text, expected) => expect(isPattern(text)).toBe(expected))
})

describe('select', () => {
  const ids = (selection: Selection): { readonly all: string[]; readonly wanted: string[] } => {
    const { parsed, wanted } = select(parse({ documents, overlays: [] }), selection)
    return { all: parsed.documents.map(({ document }) => document.id), wanted: [...wanted] }
  }

  it('includes transitive references', () => {
    expect(ids({ include: ['com.example.a'] })).toEqual({
      all: ['com.example.a', 'com.example.b', 'org.example.c'],
      wanted: ['com.example.a'],
    })
  })

  it('leaves out excluded documents unless they are needed', () => {
    expect(ids({ exclude: ['org.example.*'] })).toEqual({
      all: ['com.example.a', 'com.example.b', 'org.example.c'],
      wanted: ['com.example.a', 'com.example.b'],
    })
  })

  it('reports patterns without matches', () => {
    const { unmatched } = select(parse({ documents, overlays: [] }), {
      include: ['com.example.*', 'net.example.*'],
    })
    expect(unmatched).toEqual(['net.example.*'])
  })
})

describe('generated code of a selection', () => {
  const generate = (
    given: readonly SourceFile[],
    options: Omit<Parameters<typeof runPipeline>[1], 'importExtension'>,
  ): ReadonlyMap<string, string> => {
    const { files, diagnostics } = runPipeline(
      { documents: given, overlays: [] },
      { importExtension: '.js', ...options },
    )
    expect(diagnostics).toEqual([])
    return new Map(files.map(({ path, text }) => [path, text]))
  }

  it('has the selected methods, and only the types of the others', () => {
    const files = generate(documents, { include: ['com.example.a'] })
    expect(files.get('index.ts')).toContain("'com.example.a'")
    expect(files.get('index.ts')).not.toContain("'com.example.b'")
    expect([...files.keys()]).toContain('types/org/example/c.ts')
    expect([...files.keys()]).not.toContain('types/org/example/d.ts')
  })

  it('imports modules from a package, with its documents given', () => {
    const packages = [{ pattern: 'org.example.*', package: '@example/lexicons' }]
    const files = generate(documents, { packages })
    expect([...files.keys()].filter((path) => path.startsWith('types/org'))).toEqual([])
    expect(files.get('types/com/example/b.ts')).toContain(
      "from '@example/lexicons/types/org/example/c'",
    )
    expect(files.get('lexicons.ts')).not.toContain('@example')
    expect(files.get('lexicons.ts')).toContain('"id":"org.example.c"')
  })

  it('trusts a package whose documents were not given, and leaves its values to the interpreter', () => {
    const packages = [{ pattern: 'org.example.*', package: '@example/lexicons' }]
    const files = generate(documents.slice(0, 2), { packages })
    expect(files.get('types/com/example/b.ts')).toContain('OrgExampleC.View')
    expect(files.get('lexicons.ts')).toContain(
      "import { schemas as packageSchemas } from '@example/lexicons/lexicons'",
    )
    expect(files.get('validators.ts')).toContain("'com.example.b', acceptsNothing,")
    expect(files.get('types/com/example/b.ts')).toContain('output: acceptsNothing }')
  })
})
