import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './folders.ts'

/** A member of an interface, or a case of a union, with its comment. */
export interface Member {
  readonly name: string
  readonly isOptional: boolean
  /** As written, on one line. */
  readonly type: string
  readonly comment: string
}

export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** The members of an interface, by line, since the sources are formatted; types do not exist at run time. */
export function membersOf(source: string, name: string): readonly Member[] {
  const start = new RegExp(`^export interface ${name}\\b.*\\{$`, 'm').exec(source)
  if (start === null) throw new Error(`there is no interface ${name}`)
  const from = start.index + start[0].length
  const body = source.slice(from, source.indexOf('\n}', from))
  const member =
    /(?:^ {2}\/\*\*([\s\S]*?)\*\/\n)?^ {2}(?:readonly )?(\w+)(\??)(: |(?=[(]))((?:.*)(?:\n(?: {3,}.*| {2}[)}].*))*)/gm
  return [...body.matchAll(member)].map(([, comment = '', key = '', optional, , type = '']) => ({
    name: key,
    isOptional: optional === '?',
    type: type
      .replace(/\/\*\*.*?\*\/\s*/gs, '')
      .replace(/\s+/g, ' ')
      .replace(/,(?= [)}])/g, ''),
    comment: plain(comment),
  }))
}

/** The classes of a file with their comments. */
export function classesOf(source: string): ReadonlyMap<string, string> {
  const found = source.matchAll(/(?:^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^export class (\w+)/gm)
  return new Map([...found].map(([, comment = '', name = '']) => [name, plain(comment)]))
}

/** The cases of a union of strings. */
export function casesOf(source: string, name: string): readonly string[] {
  const [, cases = ''] =
    new RegExp(`^export type ${name} =((?:\\s*\\|? *'[^']+')+)`, 'm').exec(source) ?? []
  return [...cases.matchAll(/'([^']+)'/g)].map(([, text = '']) => text)
}

function plain(comment: string): string {
  return comment
    .replace(/^ *\* ?/gm, ' ')
    .replace(/@throws.*/s, '')
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
}
