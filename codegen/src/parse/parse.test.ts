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

  it('treats __proto__ as a key like any other', () => {
    const merged = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(Object.hasOwn(merged as object, '__proto__')).toBe(true)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('parse', () => {
  it('gives the same result whatever order the disk lists files in', () => {
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

  it('reads a document behind a byte order mark', () => {
    const source = file('com.example.a', query)
    const { diagnostics } = parse({
      documents: [{ ...source, text: `\ufeff${source.text}` }],
      overlays: [],
    })
    expect(diagnostics).toEqual([])
  })

  it('takes nothing for a reference that stands in a field the language does not know', () => {
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

  it('blames the overlay for what the overlay broke', () => {
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

  it('does not call a document missing that is only broken', () => {
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

  it('accepts a folder that lies inside the tree', () => {
    const inside = { ...file('com.example.a', query), name: 'example/a' }
    expect(parse({ documents: [inside], overlays: [] }).diagnostics).toEqual([])
  })

  it('survives documents nested beyond all reason', () => {
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
})
