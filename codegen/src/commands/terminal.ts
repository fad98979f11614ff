import { styleText } from 'node:util'
import { ConfigError } from '../config/load.ts'
import type { Invalid } from '../report/invalid.ts'
import { locate } from '../report/locate.ts'
import { type Report, renderDiagnostic } from '../report/render.ts'
import { escaped, visibleLine } from '../text/invisible.ts'

/** Exit codes, as `--help` documents them. */
export const EXIT = { ok: 0, problems: 1, usage: 2, crash: 70 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const EXIT_CODES = `
Exit codes:
  0   done, without problems
  1   problems: in the lexicons or on the disk, findings, differences, or a break
  2   wrong usage or configuration
  70  a bug in lexwright`

/** The output streams and the end of a command. */
export interface Terminal {
  /** Prints a line of the result, for people or programs. */
  out(line: string): void
  /** Prints a line for people only. */
  err(line: string): void
  /** Sets the exit code; the program ends when nothing is left to do. */
  exit(code: ExitCode): void
  /** True for each stream that may be coloured. */
  readonly color: { readonly out: boolean; readonly err: boolean }
  /** Aborted when the user interrupts. */
  readonly interrupted: AbortSignal
}

/** Wrong usage that shows only once the options are combined. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function green(terminal: Terminal, text: string): string {
  return terminal.color.out ? styleText('green', text, { validateStream: false }) : text
}

/** Prints reports with code frames, then their number. */
export function showReports(
  terminal: Terminal,
  reports: readonly Report[],
  options: {
    readonly texts: ReadonlyMap<string, string>
    readonly noun?: string
    readonly ending: string
  },
): void {
  const { texts, ending, noun = 'problem' } = options
  const style = { color: terminal.color.err }
  for (const report of reports) {
    terminal.err(`${renderDiagnostic(report, texts.get(report.at.file) ?? '', style)}\n`)
  }
  terminal.err(`${plural(reports.length, noun)}; ${ending}`)
}

/** Prints a usage or configuration error; returns false for any other. */
export function showUsage(terminal: Terminal, error: unknown): boolean {
  if (error instanceof ConfigError) {
    showReports(terminal, error.problems, { texts: error.texts, ending: 'nothing was done.' })
    return true
  }
  if (!(error instanceof UsageError)) return false
  terminal.err(`error: ${error.message}`)
  return true
}

/** Maximum warnings printed per kind; the rest are only counted. */
const SHOWN = 10

/** Prints warnings, a line or two each, up to a limit per kind. */
export function showWarnings(
  terminal: Terminal,
  { diagnostics, texts }: Pick<Invalid, 'diagnostics' | 'texts'>,
): void {
  for (const [code, reports] of Map.groupBy(diagnostics, (one) => one.code)) {
    const head = `warning[${code}]`
    const painted = terminal.color.err
      ? styleText(['yellow', 'bold'], head, { validateStream: false })
      : head
    for (const { message, at } of reports.slice(0, SHOWN)) {
      const { line, column } = locate(texts.get(at.file) ?? '', at)
      terminal.err(
        `${painted}: ${visibleLine(message)}\n  --> ${visibleLine(at.file)}:${line}:${column}`,
      )
    }
    const more = reports.length - SHOWN
    if (more > 0) terminal.err(`${painted}: ${more} more`)
    if (reports[0]) terminal.err(`  = help: ${reports[0].help}`)
  }
}

export function printJson(terminal: Terminal, value: unknown, indent?: number): void {
  terminal.out(escaped(JSON.stringify(value, null, indent)))
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
