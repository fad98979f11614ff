/** Counts of tests. */
export interface Tally {
  readonly passed: number
  readonly failed: number
}

/** A file without tests is reported as a passed test. */
const FILE_WITHOUT_TESTS = /^(?:✔|ok \d+ -) \S+\.test\.[cm]?[jt]s\b/gm

/**
 * Reads the counts from the summary of `node --test`, in any of its formats. A run that fails without naming a test
 * counts as one failed test, and so does one without tests.
 */
export function tallyOf(output: string, code: number | null): Tally {
  const count = (...names: string[]): number =>
    names.reduce((sum, name) => {
      const found = new RegExp(`^(?:ℹ|#) ${name} (\\d+)$`, 'm').exec(output)
      return sum + Number(found?.[1] ?? 0)
    }, 0)
  const empty = output.match(FILE_WITHOUT_TESTS)?.length ?? 0
  const passed = count('pass') - empty
  // A skipped test must not appear among "all passed".
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
