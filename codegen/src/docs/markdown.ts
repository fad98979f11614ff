import { visibleLine } from '../text/invisible.ts'

/** Escapes text of a document, so that Markdown only displays it. */
export function text(value: string | undefined): string {
  return visibleLine((value ?? '').replace(/\s+/g, ' '))
    .trim()
    .replace(/[\\`*_{}[\]<>#|!~&]/g, (character) => `\\${character}`)
    .replace(/^[-+=]|[@$]|(?<=^\d+)[.)]|(?<=\bwww)\.|(?<=[A-Za-z]):(?=\/\/)/gi, entity)
}

/** Any value as inline code. */
export function codeSpan(value: string): string {
  const line = visibleLine(value)
  // Contains nothing that could end a code span or table cell, and is not empty.
  if (/^[^`|<>&\\\s](?:[^`|<>&\\]*[^`|<>&\\\s])?$/.test(line)) return `\`${line}\``
  return `<code>${line.replace(/[^A-Za-z0-9]/gu, entity)}</code>`
}

/** A character as a numeric entity, which is text everywhere in Markdown. */
function entity(character: string): string {
  return `&#${character.codePointAt(0)};`
}

/** A table; empty without rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

/** An explicit link target: unlike ids of headings, the same in every Markdown viewer. */
export function anchor(uri: string): string {
  return `<a id="${slug(uri)}"></a>`
}

export function link(uri: string, page: string): string {
  return `[${codeSpan(uri)}](${encodeURI(page)}#${slug(uri)})`
}

function slug(uri: string): string {
  return uri.replaceAll('#', '-').replace(/[^A-Za-z0-9.-]/g, '_')
}
