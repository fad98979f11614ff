/** What is in one set and not in the other. */
export function difference(all: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...all].filter((one) => !others.has(one))
}
