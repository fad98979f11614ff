import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, type Option } from 'commander'
import { diffCommand } from '../commands/diff.ts'
import { docsCommand } from '../commands/docs.ts'
import { generateCommand } from '../commands/generate.ts'
import { initCommand } from '../commands/init.ts'
import { addInputOptions } from '../commands/input.ts'
import { installCommand, statusCommand, updateCommand } from '../commands/install.ts'
import { irCommand } from '../commands/ir.ts'
import { lintCommand } from '../commands/lint.ts'
import { publishCommand } from '../commands/publish.ts'
import { scaffoldCommand } from '../commands/scaffold.ts'
import type { Terminal } from '../commands/terminal.ts'
import { configSchema } from '../config/json-schema.ts'
import { CONFIG_KEYS } from '../config/schema.ts'
import { CHANGES, type ChangeRule, DIRECTIONS, type Party } from '../diff/rules.ts'
import { RULES } from '../lint/rules.ts'
import { DIAGNOSTICS, NOTES } from '../report/diagnostic.ts'

/**
 * The tables of the generator's reference, written from the source. Running this file updates them: `node
 * --conditions=@lexwright/source codegen/src/testing/reference-tables.ts`.
 */
export const REFERENCE: string = join(import.meta.dirname, '../../../docs/generator.md')

/** The text with the tables between `<!-- table: x -->` and `<!-- end -->` rewritten. */
export function withTables(reference: string): string {
  return reference.replace(
    /(<!-- table: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => `${start}\n${tables[name]?.() ?? ''}\n${end}`,
  )
}

/** Commands are only inspected, not run. */
const terminal: Terminal = {
  out: () => {},
  err: () => {},
  exit: () => {},
  color: { out: false, err: false },
  interrupted: new AbortController().signal,
}
const commands = [
  generateCommand,
  lintCommand,
  diffCommand,
  docsCommand,
  installCommand,
  updateCommand,
  statusCommand,
  publishCommand,
  scaffoldCommand,
  irCommand,
  initCommand,
].map((make) => make(terminal))
const shared = addInputOptions(new Command()).options

/** By name. The reference contains each of them. */
export const tables: Readonly<Record<string, () => string>> = {
  commands: () =>
    table(
      ['Command', 'What it does'],
      commands.map((command) => [
        `[\`${usage(command)}\`](#${command.name()})`,
        command.description(),
      ]),
    ),
  'options-input': () => optionTable(addInputOptions(new Command()).options),
  ...Object.fromEntries(
    commands
      .filter(({ options }) => options.length > 0)
      .map((command): [string, () => string] => [
        `options-${command.name()}`,
        () => optionTable(command.options.filter(isOwn)),
      ])
      .filter(([, write]) => write() !== optionTable([])),
  ),
  diagnostics: () =>
    table(
      ['Code', 'What to do'],
      Object.entries(DIAGNOSTICS).map(([code, help]) => [`\`${code}\``, help]),
    ),
  notes: () =>
    table(
      ['Code', 'What to do'],
      Object.entries({ 'path-mismatch': DIAGNOSTICS['path-mismatch'], ...NOTES }).map(
        ([code, help]) => [`\`${code}\``, help],
      ),
    ),
  lint: () =>
    table(
      ['Rule', 'Severity', 'Finds', 'What to do'],
      RULES.map(({ name, severity = 'warning', finds, help }) => [
        `\`${name}\``,
        severity,
        finds,
        help,
      ]),
    ),
  diff: () =>
    table(
      ['Rule', 'What changed', 'In input breaks', 'In output breaks', 'In records breaks'],
      Object.entries(CHANGES).map(([name, rule]) => [`\`${name}\``, rule.says, ...broken(rule)]),
    ),
  config: () =>
    table(
      ['Key', 'Value'],
      Object.entries(CONFIG_KEYS).map(([key, { about }]) => [`\`${key}\``, about]),
    ),
}

function usage(command: Command): string {
  const given = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '…' : ''}`
    return argument.required ? ` <${name}>` : ` [${name}]`
  })
  return `lexwright ${command.name()}${given.join('')}`
}

function optionTable(options: readonly Option[]): string {
  return table(
    ['Option', 'What it does'],
    options.map(({ flags, description, argChoices }) => [
      `\`${flags}\``,
      argChoices
        ? `${description}: ${argChoices.map((one) => `\`${one}\``).join(', ')}`
        : description,
    ]),
  )
}

/** True unless every command with lexicons has the option. */
function isOwn({ long }: Option): boolean {
  return !shared.some((option) => option.long === long)
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

if (import.meta.main) {
  writeFileSync(REFERENCE, withTables(readFileSync(REFERENCE, 'utf8')))
  const schema = join(import.meta.dirname, '../../config.schema.json')
  writeFileSync(schema, `${JSON.stringify(configSchema(), null, 2)}\n`)
}
