import { describe, expect, it } from '@jest/globals'
import { schemas } from '@lexwright/generated/lexicons'
import { diff } from '../diff/diff.ts'
import { parse } from '../parse/parse.ts'
import { readSources } from '../parse/read-sources.ts'
import type { LexiconDocument } from '../parse/schema.ts'

/** The documents of the package, with or without the overlays of this repository. */
async function read(overlays: readonly string[]): Promise<ReadonlyMap<string, LexiconDocument>> {
  const { documents } = parse(await readSources({ lexicons: ['npm:@atproto/api'], overlays }))
  return new Map(documents.map(({ document }) => [document.id, document]))
}
const published = await read([])
const described = await read(['lexicons/overlays'])
/** Those of them from which the account service was generated. */
const generated = (schemas as readonly unknown[] as readonly LexiconDocument[]).filter(({ id }) =>
  published.has(id),
)

/** The breaking changes between two sets of documents. */
function changes(
  after: ReadonlyMap<string, LexiconDocument>,
  before: readonly LexiconDocument[] = generated,
): readonly string[] {
  const fresh = generated.flatMap(({ id }) => after.get(id) ?? [])
  return diff(before, fresh).map(
    ({ nsid, path, message, breaks }) =>
      `${nsid} ${path.slice(1).join('.')}: ${message} Breaks ${breaks.join(', ') || 'nobody'}.`,
  )
}

describe('the current documents of @atproto/api', () => {
  it('are those from which the account service was generated', () => {
    expect(generated.length).toBeGreaterThan(50)
    expect(changes(described)).toEqual([])
  })

  it('are not broken by the overlays', () => {
    const before = generated.flatMap(({ id }) => published.get(id) ?? [])
    expect(changes(described, before)).toEqual([
      'com.atproto.server.listAppPasswords appPassword.properties.lastUsedAt: lastUsedAt is new Breaks nobody.',
    ])
  })

  it('are distinguished from changed ones', () => {
    const id = 'com.atproto.server.deleteSession'
    const main = { type: 'procedure', input: { encoding: 'application/json' } } as const
    const changed = new Map(described).set(id, { lexicon: 1, id, defs: { main } })
    expect(changes(changed)).toContainEqual(
      expect.stringMatching(/^com\.atproto\.server\.deleteSession .*Breaks .*client/),
    )
  })
})
