/** An invalid setting, and what to do about it. */
export interface Problem {
  readonly name: string
  /** Completes "NAME …" with the problem and the remedy. Never contains a secret. */
  readonly what: string
}

/** The configuration is invalid. Lists every problem, not just the first. */
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
