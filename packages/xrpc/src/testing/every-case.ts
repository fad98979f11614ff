/**
 * Checks every case of a table, one after the other, also after one has failed.
 * As one test, a table of thousands costs the reporter one line rather than thousands.
 *
 * @param check throws or rejects when the case does not hold, as `expect` does
 * @throws an error that lists each failed case by its name, or says that the table is empty
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
