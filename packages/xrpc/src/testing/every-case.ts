/**
 * Checks every case of a table in turn, even after a failure. As one test, a table of thousands
 * costs the reporter one line.
 *
 * @param check throws or rejects if the case fails, as `expect` does
 * @throws an error that lists the failed cases by name, or says that the table is empty
 */
export async function expectEveryCase<T>(
  cases: Readonly<Record<string, T>>,
  check: (value: T, name: string) => void | Promise<void>,
): Promise<void> {
  const entries = Object.entries(cases)
  if (entries.length === 0)
    throw new Error('The table has no cases; a test has to check at least one.')

  const failed: string[] = []
  for (const [name, value] of entries) {
    try {
      await check(value, name)
    } catch (error) {
      failed.push(`✕ ${name}\n${error}`)
    }
  }
  if (failed.length === 0) return
  throw new Error(`${failed.length} of ${entries.length} cases failed:\n\n${failed.join('\n\n')}`)
}
