import { describe, expect, it } from '@jest/globals'
import { writeDocs } from './docs/docs.ts'
import { runPipeline } from './pipeline.ts'
import { resolveModel } from './resolve-model.ts'

/** A control, a line separator, direction overrides and isolates, a soft hyphen, and a tag outside the BMP. */
const HIDDEN = '\u0007\u0085\u2028\u202a\u202e\u2066\u2069\u00ad\u{e0041}'

const described = (text: string): object => ({
  type: 'object',
  description: text,
  properties: {
    [`a${text}`]: { type: 'string', description: text, const: text, maxLength: 99 },
    known: { type: 'string', maxLength: 99, knownValues: [text], default: text },
  },
})
const sourcesWith = (text: string): Parameters<typeof runPipeline>[0] => {
  const main = {
    type: 'procedure',
    description: text,
    input: { encoding: 'application/json', description: text, schema: described(text) },
    errors: [{ name: 'Gone', description: text }],
  }
  const document = {
    lexicon: 1,
    id: 'com.example.it',
    description: text,
    defs: { main, other: described(text) },
  }
  const name = 'com/example/it'
  return {
    documents: [{ path: `${name}.json`, name, text: JSON.stringify(document) }],
    overlays: [],
  }
}

describe('text of documents in the output', () => {
  it('contains nothing invisible, in code, pages and API descriptions', () => {
    const sources = sourcesWith(`before${HIDDEN}after`)
    const { model } = resolveModel(sources, {})
    const { files, diagnostics } = runPipeline(sources, { importExtension: '.ts', openapi: true })
    expect(diagnostics).toEqual([])
    for (const { path, text } of [...files, ...(model ? writeDocs(model) : [])]) {
      expect({ path, hidden: text.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu) }).toEqual({
        path,
        hidden: null,
      })
    }
  })

  it('may contain a million spaces', () => {
    const { files } = runPipeline(sourcesWith(`a${' '.repeat(1_000_000)}b`), {
      importExtension: '.ts',
      openapi: true,
    })
    expect(files.length).toBeGreaterThan(5)
  })
})
