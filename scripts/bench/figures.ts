import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md')

/** Prints figures and writes them to docs/benchmarks.md, between `<!-- figures: name -->` and `<!-- end -->`. */
export async function publish(name: string, lines: readonly string[]): Promise<void> {
  const text = lines.join('\n')
  console.log(`${text}\n`)
  const page = await readFile(PAGE, 'utf8')
  const start = `<!-- figures: ${name} -->\n`
  const from = page.indexOf(start) + start.length
  const to = page.indexOf('<!-- end -->', from)
  if (from < start.length || to === -1) throw new Error(`${PAGE} has no place for ${name}.`)
  await writeFile(PAGE, `${page.slice(0, from)}\n${text}\n\n${page.slice(to)}`)
}

/** A table of Markdown; all columns but the first are numbers. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}
