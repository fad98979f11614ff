/** The value of a cell. */
export type Value = string | number | boolean | Date | null | undefined

/** A column of a table: its title and its value for a row. */
export interface Column<Row> {
  readonly title: string
  readonly value: (row: Row) => Value
}

/** Formats rows under titles, with columns as wide as needed. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map(({ value }) => plain(value(row)))),
  ]
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => [...(line[index] ?? '')].length)),
  )
  return lines.map((line) => align(line, widths)).join('')
}

/** Formats names and values, one pair per line. */
export function facts(pairs: readonly (readonly [name: string, value: Value])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => align([name, plain(value)], [width])).join('')
}

/** A number with its noun: `1 account`, `2 accounts`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** JSON for other programs; times in RFC 3339. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Formats a time without ambiguity for any country: `2026-11-23 18:05Z`. */
export function moment(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`
}

function align(cells: readonly string[], widths: readonly number[]): string {
  const line = cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')
  return `${line.trimEnd()}\n`
}

/** One line without control characters. */
function plain(value: Value): string {
  if (value === null || value === undefined) return '–'
  if (value instanceof Date) return moment(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '�')
}
