import { describe, expect, it } from '@jest/globals'
import { schemas } from '@lexwright/generated/lexicons'
import { diff } from '../diff/diff.ts'
import { parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import type { LexiconDocument } from '../parse/schema.ts'

const { documents } = parse(await readSources({ lexicons: ['npm:@atproto/api'] }))
const published = new Map(documents.map(({ document }) => [document.id, document]))
/** Those of them that the account service was generated from. */
const generated = (schemas as readonly unknown[] as readonly LexiconDocument[]).filter(({ id }) =>
  published.has(id),
)

/** Whom it breaks that the package has other documents now. */
function changes(after: ReadonlyMap<string, LexiconDocument>): readonly string[] {
  const fresh = generated.flatMap(({ id }) => after.get(id) ?? [])
  return diff(generated, fresh).map(
    ({ nsid, path, message, breaks }) =>
      `${nsid} ${path.slice(1).join('.')}: ${message} Breaks ${breaks.join(', ') || 'nobody'}.`,
  )
}

describe('the documents of today in @atproto/api', () => {
  it('are those that the account service was generated from', () => {
    expect(generated.length).toBeGreaterThan(50)
    expect(changes(published)).toEqual([])
  })

  it('are told apart from others', () => {
    const id = 'com.atproto.server.deleteSession'
    const main = { type: 'procedure', input: { encoding: 'application/json' } } as const
    const changed = new Map(published).set(id, { lexicon: 1, id, defs: { main } })
    expect(changes(changed)).toContainEqual(
      expect.stringMatching(/^com\.atproto\.server\.deleteSession .*Breaks .*client/),
    )
  })
})
