/** A setting that is wrong, and what to do about it. */
export interface Problem {
  readonly name: string
  /** Completes "NAME …": what is wrong and what would be right. Never holds a secret. */
  readonly what: string
}

/** The configuration cannot be used. Holds everything that is wrong with it, not just the first thing. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ name, what }) => `  ${name} ${what}`)
    super(`the configuration has ${count(problems.length)}:\n${lines.join('\n')}`)
    this.problems = problems
  }
}

function count(problems: number): string {
  return problems === 1 ? 'a problem' : `${problems} problems`
}
