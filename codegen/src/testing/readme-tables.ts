import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_KEYS } from '../config/schema.ts'
import { CHANGES, type ChangeRule, DIRECTIONS, type Party } from '../diff/rules.ts'
import { RULES } from '../lint/rules.ts'
import { DIAGNOSTICS } from '../report/diagnostic.ts'

/**
 * The tables of the README, written from the tables of the source. Run as a program it puts them in place:
 * `node --conditions=@lexwright/source codegen/src/testing/readme-tables.ts`.
 */
export const README: string = join(import.meta.dirname, '..', '..', 'README.md')

/** The text with the tables between `<!-- table: x -->` and `<!-- end -->` written again. */
export function withTables(readme: string): string {
  return readme.replace(
    /(<!-- table: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => `${start}\n${tables[name]?.() ?? ''}\n${end}`,
  )
}

const tables: Readonly<Record<string, () => string>> = {
  diagnostics: () =>
    table(
      ['Code', 'What to do'],
      Object.entries(DIAGNOSTICS).map(([code, help]) => [`\`${code}\``, help]),
    ),
  lint: () =>
    table(
      ['Rule', 'Finds', 'What to do'],
      RULES.map(({ name, finds, help }) => [`\`${name}\``, finds, help]),
    ),
  diff: () =>
    table(
      ['Rule', 'What changed', 'In input breaks', 'In output breaks', 'In records breaks'],
      Object.entries(CHANGES).map(([name, rule]) => [`\`${name}\``, rule.says, ...broken(rule)]),
    ),
  config: () =>
    table(
      ['Key', 'What it holds'],
      Object.entries(CONFIG_KEYS).map(([key, { about }]) => [`\`${key}\``, about]),
    ),
}

function broken({ breaks }: ChangeRule): string[] {
  return DIRECTIONS.map((direction) => {
    const parties: readonly Party[] = breaks[direction] ?? []
    return parties.length === 0 ? '–' : parties.join(', ')
  })
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}

if (import.meta.main) writeFileSync(README, withTables(readFileSync(README, 'utf8')))
