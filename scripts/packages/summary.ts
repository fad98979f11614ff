/** Counts of tests. */
export interface Tally {
  readonly passed: number
  readonly failed: number
}

/** A file that ends without having run a test stands among the tests, as one that passed. */
const FILE_WITHOUT_TESTS = /^(?:✔|ok \d+ -) \S+\.test\.[cm]?[jt]s\b/gm

/**
 * Reads the counts from what `node --test` writes at its end, in whichever of its formats. A run that fails without
 * saying of which test counts as one that failed, and so does one without any tests.
 */
export function tallyOf(output: string, code: number | null): Tally {
  const count = (...names: string[]): number =>
    names.reduce((sum, name) => {
      const found = new RegExp(`^(?:ℹ|#) ${name} (\\d+)$`, 'm').exec(output)
      return sum + Number(found?.[1] ?? 0)
    }, 0)
  const empty = output.match(FILE_WITHOUT_TESTS)?.length ?? 0
  const passed = count('pass') - empty
  // A skipped test proves nothing to somebody who reads that all have passed.
  const failed = count('fail', 'cancelled', 'skipped', 'todo') + empty
  const isTrusted = code === 0 ? passed + failed > 0 : failed > 0
  return { passed, failed: isTrusted ? failed : failed + 1 }
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, { passed, failed }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
    }),
    { passed: 0, failed: 0 },
  )
}
