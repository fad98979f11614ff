import { styleText } from 'node:util'
import { visibleLine } from '../text/invisible.ts'
import type { Location } from './diagnostic.ts'
import { lineOf, locate } from './locate.ts'

/** A report with a location: a diagnostic, a lint finding, or a configuration error. */
export interface Report {
  readonly code: string
  readonly message: string
  /** How to correct it. */
  readonly help: string
  readonly at: Location
  /** The severity, where reports of one kind can differ. */
  readonly severity?: 'error' | 'warning' | 'info'
}

/** A diagnostic with its position, as `--json` prints it. */
export interface LocatedDiagnostic {
  readonly code: string
  readonly message: string
  readonly help: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Finds the line and column of each diagnostic. */
export function locateAll(
  diagnostics: readonly Report[],
  texts: ReadonlyMap<string, string>,
): LocatedDiagnostic[] {
  return diagnostics.map(({ code, message, help, at }) => {
    const { line, column } = locate(texts.get(at.file) ?? '', at)
    return { code, message, help, file: at.file, line, column }
  })
}

/**
 * Renders a diagnostic for a terminal: what, where, the lines around it, and what to do.
 *
 * ```text
 * error[unresolved-ref]: com.example.other has no definition "view"
 *   --> lexicons/com/example/get.json:12:18
 *    |
 * 12 |           "ref": "com.example.other#view"
 *    |                  ^^^^^^^^^^^^^^^^^^^^^^^^
 *    = help: Add the missing document …
 * ```
 */
export function renderDiagnostic(
  { code, message, help, at, severity = 'error' }: Report,
  text: string,
  options: { readonly color: boolean },
): string {
  const paint = (style: Parameters<typeof styleText>[0], value: string): string =>
    options.color ? styleText(style, value, { validateStream: false }) : value
  const { line, column, length } = locate(text, at)
  const { shown, before } = excerpt(lineOf(text, line), column)
  const gutter = ' '.repeat(String(line).length)
  const bar = paint('blue', '|')
  const tone = TONES[severity]
  const head = `${paint([tone, 'bold'], `${severity}[${code}]`)}: ${paint('bold', visibleLine(message))}`
  const place = `${gutter}${paint('blue', '-->')} ${visibleLine(at.file)}:${line}:${column}`
  const advice = `${gutter} ${paint('blue', '=')} help: ${visibleLine(help)}`
  if (shown.trim() === '') return [head, place, advice].join('\n')
  const marks = '^'.repeat(Math.max(1, Math.min(length, shown.length - before)))
  return [
    head,
    place,
    `${gutter} ${bar}`,
    `${line} ${bar} ${shown}`,
    `${gutter} ${bar} ${' '.repeat(before)}${paint(tone, marks)}`,
    advice,
  ].join('\n')
}

const TONES = { error: 'red', warning: 'yellow', info: 'blue' } as const

const WIDTH = 160

/** The part of a line that fits and contains the column, and the number of its characters before the column. */
function excerpt(
  line: string,
  column: number,
): { readonly shown: string; readonly before: number } {
  const start = column <= WIDTH * 0.75 ? 0 : column - WIDTH / 4
  const head = start === 0 ? '' : '...'
  const tail = line.length - start > WIDTH ? '...' : ''
  const piece = line.slice(start, start + WIDTH - head.length - tail.length)
  return {
    shown: head + visibleLine(piece) + tail,
    before: column - 1 - start + head.length,
  }
}
