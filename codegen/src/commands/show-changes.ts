import { styleText } from 'node:util'
import { adviceOn, type Plan } from '../diff/advice.ts'
import type { Change } from '../diff/change.ts'
import type { ParsedDocument } from '../parse/parse.ts'
import type { Sources } from '../parse/source.ts'
import { locate } from '../report/locate.ts'
import type { Terminal } from './terminal.ts'

/** One side of a comparison. */
export interface DocumentSet {
  readonly sources: Sources
  readonly documents: readonly ParsedDocument[]
}

export interface Located {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** The location of a change: in the new document, or in the old one if it was removed. */
export function place({ nsid, path }: Change, before: DocumentSet, after: DocumentSet): Located {
  const inAfter = after.documents.find(({ document }) => document.id === nsid)
  const set = inAfter ? after : before
  const document = inAfter ?? before.documents.find((one) => one.document.id === nsid)
  const file = document?.file ?? ''
  const all = [...set.sources.documents, ...set.sources.overlays]
  const { text } = all.find((source) => source.path === file) ?? { text: '' }
  const { line, column } = locate(text, { file, path })
  return { file, line, column }
}

/** A change as text lines. */
export function render(change: Change & Located, terminal: Terminal): string {
  const { rule, message, breaks, directions, nsid, path } = change
  const breaking = breaks.length > 0
  const verdict = breaking ? `breaks ${breaks.join(', ')}` : 'compatible'
  const head = breaking ? 'BREAKING' : 'ok      '
  const paint = (text: string): string =>
    terminal.color.out
      ? styleText(breaking ? 'red' : 'green', text, { validateStream: false })
      : text
  const where = `${nsid} ${path.slice(1).join('.')}`
  const flow = directions.length > 0 ? ` in ${directions.join(', ')}` : ''
  const instead = adviceOn(change)
  return [
    `${paint(head)} ${where}: ${message}  [${rule}${flow}: ${verdict}]`,
    `         ${change.file}:${change.line}:${change.column}`,
    ...(instead === undefined ? [] : [`         Instead: ${instead}`]),
  ].join('\n')
}

/** Non-breaking alternatives, one line each. */
export function planLines(plans: readonly Plan[]): string[] {
  return plans.map(({ nsid, steps, successor }) => {
    const all = steps.length === 1 ? 'the change' : `all ${steps.length} changes`
    return `Or leave ${nsid} as it is, and publish ${successor} with ${all}.`
  })
}
