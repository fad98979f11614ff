import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const DOCS = join(import.meta.dirname, '..', '..', 'docs')

/** Prints figures and writes them to a page of docs/, between `<!-- figures: name -->` and `<!-- end -->`. */
export async function publish(
  name: string,
  lines: readonly string[],
  page = 'benchmarks.md',
): Promise<void> {
  const text = lines.join('\n')
  console.log(`${text}\n`)
  const file = join(DOCS, page)
  const before = await readFile(file, 'utf8')
  const start = `<!-- figures: ${name} -->\n`
  const from = before.indexOf(start) + start.length
  const to = before.indexOf('<!-- end -->', from)
  if (from < start.length || to === -1) throw new Error(`${file} has no place for ${name}.`)
  await writeFile(file, `${before.slice(0, from)}\n${text}\n\n${before.slice(to)}`)
}

/** A table of Markdown; all columns but the first are numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
