import { expect, it } from '@jest/globals'
import { writeDocs } from './docs/docs.ts'
import { runPipeline } from './pipeline.ts'
import { resolveModel } from './resolve-model.ts'
import { sourcesWith } from './testing/sources-with.ts'

/** A control, a line separator, direction overrides and isolates, a soft hyphen, and a tag outside the BMP. */
const HIDDEN = '\u0007\u0085\u2028\u202a\u202e\u2066\u2069\u00ad\u{e0041}'

it('writes no invisible characters of documents, in code, pages and API descriptions', () => {
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
