/** Exit codes of the program. */
export const exitCodes = {
  done: { code: 0, meaning: 'done' },
  failed: {
    code: 1,
    meaning:
      'failed: the configuration, the database, a lock or the mail server; the message names it',
  },
  usage: { code: 2, meaning: 'no such command or option, or an invalid value' },
  refused: {
    code: 3,
    meaning: 'refused: no such account or code, the wrong state, a weak password',
  },
  incomplete: { code: 4, meaning: 'partly done; the rest is listed' },
} as const

export type Ending = keyof typeof exitCodes

/** A command failed. The message is for the operator. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly ending: Exclude<Ending, 'done'>

  constructor(ending: Exclude<Ending, 'done'>, message: string, options?: ErrorOptions) {
    super(message, options)
    this.ending = ending
  }
}

/** The exit codes as text for `--help`. */
export function describeExitCodes(): string {
  const lines = Object.values(exitCodes).map(({ code, meaning }) => `  ${code}  ${meaning}`)
  return `Exit codes:\n${lines.join('\n')}`
}
