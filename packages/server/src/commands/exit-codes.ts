/** How the program ends. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  failed: {
    code: 1,
    meaning:
      'could not be done: the configuration, the database, a lock, the mail server; the message says which',
  },
  usage: { code: 2, meaning: 'no such command or option, or a value that is none' },
  refused: {
    code: 3,
    meaning: 'refused: no such account or code, the wrong state for it, a weak password',
  },
  incomplete: { code: 4, meaning: 'done in part: what is left is listed' },
} as const

export type Ending = keyof typeof exitCodes

/** A command cannot go on. The message is for the operator. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly ending: Exclude<Ending, 'done'>

  constructor(ending: Exclude<Ending, 'done'>, message: string, options?: ErrorOptions) {
    super(message, options)
    this.ending = ending
  }
}

/** Its text in `--help`. */
export function describeExitCodes(): string {
  const lines = Object.values(exitCodes).map(({ code, meaning }) => `  ${code}  ${meaning}`)
  return `Exit codes:\n${lines.join('\n')}`
}
