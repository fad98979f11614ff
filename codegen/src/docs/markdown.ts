import { visibleLine } from '../text/invisible.ts'

/** Text of a document as Markdown that shows it and does nothing else. */
export function text(value: string | undefined): string {
  return visibleLine((value ?? '').replace(/\s+/g, ' '))
    .trim()
    .replace(/[\\`*_{}[\]<>#|!~&]/g, (character) => `\\${character}`)
    .replace(/^[-+=]|[@$]|(?<=^\d+)[.)]|(?<=\bwww)\.|(?<=[A-Za-z]):(?=\/\/)/gi, entity)
}

/** A value as inline code, whatever it holds. */
export function codeSpan(value: string): string {
  const line = visibleLine(value)
  // Nothing that a fence or a cell of a table could end at, and something at all.
  if (/^[^`|<>&\\\s](?:[^`|<>&\\]*[^`|<>&\\\s])?$/.test(line)) return `\`${line}\``
  return `<code>${line.replace(/[^A-Za-z0-9]/gu, entity)}</code>`
}

/** A character by its number, which is text wherever Markdown reads it. */
function entity(character: string): string {
  return `&#${character.codePointAt(0)};`
}

/** A table; nothing when it has no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

/** A name to link to, and the link: the same in every Markdown viewer, unlike the ids made from headings. */
export function anchor(uri: string): string {
  return `<a id="${slug(uri)}"></a>`
}

export function link(uri: string, page: string): string {
  return `[${codeSpan(uri)}](${encodeURI(page)}#${slug(uri)})`
}

function slug(uri: string): string {
  return uri.replaceAll('#', '-').replace(/[^A-Za-z0-9.-]/g, '_')
}
