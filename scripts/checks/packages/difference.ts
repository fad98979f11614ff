/** Members of one set that the other lacks. */
export function difference(all: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...all].filter((one) => !others.has(one))
}
