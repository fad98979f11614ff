import { describe, expect, it } from '@jest/globals'
import { runPipeline } from '../pipeline.ts'
import { applyMergePatch } from './overlay.ts'
import { parse } from './parse.ts'
import type { SourceFile } from './source.ts'

const file = (id: string, document: object): SourceFile => ({
  path: `lexicons/${id}.json`,
  name: id.replaceAll('.', '/'),
  text: JSON.stringify({ lexicon: 1, id, ...document }),
})
const query = { defs: { main: { type: 'query' } } }

describe('applyMergePatch', () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s with %s is %s', (target, patch, result) => {
    expect(applyMergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result))
  })

  it('treats __proto__ as an ordinary key', () => {
    const merged = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(Object.hasOwn(merged as object, '__proto__')).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('parse', () => {
  it('gives the same result in any order of files', () => {
    const documents = ['com.example.b', 'com.example.a', 'org.example.c'].map((id) =>
      file(id, query),
    )
    const options = { importExtension: '.js' } as const
    const forwards = runPipeline({ documents, overlays: [] }, options)
    const backwards = runPipeline({ documents: documents.toReversed(), overlays: [] }, options)
    expect(forwards.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      backwards.files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    )
  })

  it('reads a document with a byte order mark', () => {
    const source = file('com.example.a', query)
    const { diagnostics } = parse({
      documents: [{ ...source, text: `\ufeff${source.text}` }],
      overlays: [],
    })
    expect(diagnostics).toEqual([])
  })

  it('ignores references in fields outside the language', () => {
    const looksLike = [
      { type: 'ref', ref: 'com.example.nowhere' },
      { type: 'union', refs: [7] },
    ]
    const main = { type: 'object', properties: {}, examples: looksLike }
    const { diagnostics, files } = runPipeline(
      { documents: [file('com.example.a', { about: looksLike, defs: { main } })], overlays: [] },
      { importExtension: '.ts' },
    )
    expect(diagnostics).toEqual([])
    expect(files.length).toBeGreaterThan(0)
  })

  it('reports a problem caused by an overlay at the overlay', () => {
    const overlay = {
      path: 'overlays/com.example.a.json',
      name: 'com.example.a',
      text: '{"defs":7}',
    }
    const { diagnostics } = parse({
      documents: [file('com.example.a', query)],
      overlays: [overlay],
    })
    expect(diagnostics).toMatchObject([{ code: 'missing-field', at: { file: overlay.path } }])
  })

  it.each(['[1]', '7', 'null', '{"lexicon":null}'])(
    'reports the overlay %s, which leaves no document',
    (text) => {
      const overlay = { path: 'overlays/com.example.a.json', name: 'com.example.a', text }
      const { diagnostics } = parse({
        documents: [file('com.example.a', query)],
        overlays: [overlay],
      })
      expect(diagnostics).toMatchObject([{ code: 'not-a-document', at: { file: overlay.path } }])
    },
  )

  it('does not report a broken document as missing', () => {
    const broken = file('com.example.broken', { defs: 7 })
    const user = file('com.example.user', {
      defs: {
        main: { type: 'object', properties: { a: { type: 'ref', ref: 'com.example.broken' } } },
      },
    })
    const { diagnostics } = runPipeline(
      { documents: [broken, user], overlays: [] },
      { importExtension: '' },
    )
    expect(diagnostics.map((one) => one.code)).toEqual(['missing-field'])
  })

  it('accepts a folder inside the tree', () => {
    const inside = { ...file('com.example.a', query), name: 'example/a' }
    expect(parse({ documents: [inside], overlays: [] }).diagnostics).toEqual([])
  })

  it('survives extremely nested documents', () => {
    const depth = 5_000
    const open = '{"type":"array","items":'.repeat(depth)
    const items = `${open}{"type":"string"}${'}'.repeat(depth)}`
    const text = `{"lexicon":1,"id":"com.example.deep","defs":{"main":${items}}}`
    const source = { path: 'deep.json', name: 'com/example/deep', text }
    const { diagnostics } = runPipeline(
      { documents: [source], overlays: [] },
      { importExtension: '' },
    )
    expect(diagnostics.map((one) => one.code)).toEqual(['invalid-field'])
  })

  it('survives an extremely nested overlay', () => {
    const depth = 100_000
    const text = `{"defs":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`
    const overlay = { path: 'overlays/com.example.a.json', name: 'com.example.a', text }
    const { diagnostics } = parse({
      documents: [file('com.example.a', query)],
      overlays: [overlay],
    })
    expect(diagnostics).toMatchObject([{ code: 'invalid-field', at: { file: overlay.path } }])
  })

  it('reports any number of problems', () => {
    const required = Array.from({ length: 200_000 }, () => 7)
    const main = { type: 'object', required }
    const { diagnostics } = parse({
      documents: [file('com.example.a', { defs: { main } })],
      overlays: [],
    })
    expect(diagnostics).toHaveLength(200_000)
  })
})

describe('documents as found in repositories', () => {
  const messages = (
    documents: readonly SourceFile[],
    options: Parameters<typeof parse>[1] = {},
  ): { readonly problems: string[]; readonly warnings: string[]; readonly ids: string[] } => {
    const parsed = parse({ documents, overlays: [] }, options)
    const codes = (all: readonly { code: string }[]): string[] => all.map(({ code }) => code)
    return {
      problems: codes(parsed.diagnostics),
      warnings: codes(parsed.warnings),
      ids: parsed.documents.map(({ document }) => document.id),
    }
  }

  it('may be at any path, with a warning', () => {
    const elsewhere = { ...file('com.example.a', query), name: 'schemas/one' }
    expect(messages([elsewhere])).toEqual({
      problems: [],
      warnings: ['path-mismatch'],
      ids: ['com.example.a'],
    })
    expect(messages([elsewhere], { strictPaths: true })).toMatchObject({
      problems: ['path-mismatch'],
      warnings: [],
    })
  })

  it('are one if two files have the same content, whatever the order of keys', () => {
    const one = file('com.example.a', query)
    const copy = {
      ...one,
      path: 'vendor/a.json',
      text: '{"defs":{"main":{"type":"query"}},"id":"com.example.a","lexicon":1}',
    }
    expect(messages([one, copy])).toEqual({ problems: [], warnings: [], ids: ['com.example.a'] })
    const other = { ...copy, text: copy.text.replace('query', 'procedure') }
    expect(messages([one, other]).problems).toEqual(['duplicate-document'])
  })

  it.each(['[]', '7', '{"name":"mine"}', '{"lexicon":"of words"}'])('skip %s', (text) => {
    const foreign = { path: 'package.json', name: 'package', text }
    expect(messages([foreign, file('com.example.a', query)])).toEqual({
      problems: [],
      warnings: ['foreign-json'],
      ids: ['com.example.a'],
    })
  })
})

describe('the consequences of a problem', () => {
  const ref = { type: 'ref', ref: 'com.example.broken#view' }
  const user = (name: string): SourceFile =>
    file(`com.example.${name}`, {
      defs: { main: { type: 'object', properties: { a: ref, b: ref } } },
    })
  const users = ['u', 'v', 'w'].map(user)
  const run = (
    documents: readonly SourceFile[],
    more: Partial<Parameters<typeof runPipeline>[1]> = {},
  ): ReturnType<typeof runPipeline> =>
    runPipeline({ documents, overlays: [] }, { importExtension: '', ...more })

  it('are not reported while the document cannot be read', () => {
    const broken = { ...file('com.example.broken', query), text: '{"lexicon":1,' }
    expect(run([...users, broken]).diagnostics.map(({ code }) => code)).toEqual(['invalid-json'])
  })

  it('are not reported while a folder that may contain the document cannot be read', () => {
    const at = { file: 'vendor', path: [] }
    const unreadable = [{ code: 'unreadable-file', message: '', help: '', at }] as const
    const { diagnostics } = runPipeline(
      { documents: users, overlays: [], unreadable },
      { importExtension: '' },
    )
    expect(diagnostics.map(({ code }) => code)).toEqual(['unreadable-file'])
  })

  it('are one problem for a missing document, however many need it', () => {
    expect(run(users).diagnostics).toMatchObject([
      {
        code: 'unresolved-ref',
        message: 'There is no document com.example.broken. 6 references point to it; this is one.',
      },
    ])
  })

  it('are left out with --skip-invalid, transitively, with a warning', () => {
    const chain = file('com.example.x', {
      defs: { main: { type: 'object', properties: { a: { type: 'ref', ref: 'com.example.u' } } } },
    })
    const whole = file('com.example.whole', query)
    const { diagnostics, warnings, files, wanted } = run([...users, chain, whole], {
      skipInvalid: true,
    })
    expect({ diagnostics, wanted }).toEqual({ diagnostics: [], wanted: 1 })
    expect(warnings.map(({ at, code }) => `${code} ${at.file}`).sort()).toEqual([
      'left-out lexicons/com.example.u.json',
      'left-out lexicons/com.example.v.json',
      'left-out lexicons/com.example.w.json',
      'left-out lexicons/com.example.x.json',
    ])
    const consequence = warnings.find(({ at }) => at.file === chain.path)
    expect(consequence?.message).toBe('Left out: It needs com.example.u, which is left out.')
    expect(files.map(({ path }) => path).filter((path) => path.startsWith('types/'))).toEqual([
      'types/com/example/whole.ts',
    ])
    // If nothing remains, the problems are reported as such.
    expect(run(users, { skipInvalid: true }).diagnostics).not.toEqual([])
  })
})
