import sequencer from '@jest/test-sequencer'

/** The package has types for its CommonJS form only, in which the class is a property. */
const Sequencer = sequencer as unknown as typeof sequencer.default
type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0]

/** The longest test files. */
const LONGEST = [
  'docs.integration',
  'main.process.integration',
  'wire.integration',
  'reference-page.network',
  'reset-password.network',
  'crash.network',
]

/**
 * Runs the longest test files first, so that none of them goes on alone at the end. Jest orders files by how long they
 * took the last time, and by their size where they have not been run before.
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
