/** What `tsc --pretty false` complains of, by whose it is. */
export interface TypeErrors {
  /** In sources, in the declarations of our packages, or in no file at all. */
  readonly ours: readonly string[]
  /** In the declarations of other packages, which nobody here can mend. */
  readonly others: readonly string[]
}

/** A complaint begins with a place, or with none; lines that are indented belong to the one before. */
export function typeErrorsOf(output: string): TypeErrors {
  const errors = output.match(/^(?=\S).*?error TS\d+:.*(?:\n[ \t].*)*/gm) ?? []
  return {
    ours: errors.filter((error) => !isOfOthers(error)),
    others: errors.filter(isOfOthers),
  }
}

function isOfOthers(error: string): boolean {
  const [path = ''] = /^[^:]*?(?=\(\d+,\d+\): )/.exec(error) ?? []
  const [, inPackage] = /.*node_modules\/(.*)/.exec(path) ?? []
  return inPackage !== undefined && !inPackage.startsWith('@lexwright/')
}
