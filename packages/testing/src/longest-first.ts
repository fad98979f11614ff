import sequencer from '@jest/test-sequencer'

/** The types of the package only describe its CommonJS form, in which the class is a property. */
const Sequencer = sequencer as unknown as typeof sequencer.default
type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0]

/** The longest test files. */
const LONGEST = [
  'docs.integration',
  'wire.integration',
  'pglite.integration',
  'main.integration',
  'server/src/entryway.network',
  'official-pds/tiny-pds.network',
  'entryway-clients.network',
  'long-documents.network',
  'reference-page.network',
  'reset-password.network',
  'pages.network',
  'publish.network',
  'oauth/src/tiny-pds.network',
  'outbox/official-pds.network',
  'node-client.network',
]

/**
 * Runs the longest test files first, so none runs alone at the end. Jest orders files by their last
 * duration, or by size on the first run.
 */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Tests): Promise<Tests> {
    const sorted = await super.sort(tests)
    return sorted.toSorted((a, b) => rank(a.path) - rank(b.path))
  }
}

function rank(path: string): number {
  const at = LONGEST.findIndex((name) => path.endsWith(`${name}.test.ts`))
  if (at >= 0) return at - LONGEST.length
  return path.endsWith('.integration.test.ts') ? 0 : 1
}
