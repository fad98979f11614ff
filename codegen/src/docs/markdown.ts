/** Text of a document as Markdown that shows it and does nothing else. */
export function text(value: string | undefined): string {
  return (value ?? '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>#|!~&]/g, (character) => `\\${character}`)
    .replace(/\b(https?):\/\//g, '$1&#58;//')
}

/** A value as inline code, whatever back-ticks it holds. */
export function codeSpan(value: string): string {
  const plain = value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replaceAll('|', '\\|')
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const pad = longest > 0 ? ' ' : ''
  return `${fence}${pad}${plain}${pad}${fence}`
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
