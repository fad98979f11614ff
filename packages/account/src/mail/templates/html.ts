/** Escaped HTML, created only by the {@link html} tag. */
export class Html {
  readonly source: string

  /** @internal use the {@link html} tag */
  constructor(source: string) {
    this.source = source
  }
}

/**
 * Builds HTML. Every interpolated string is escaped, for text and quoted attributes; only other
 * {@link Html} is inserted unchanged. The types rule out unescaped strings.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | Html | readonly Html[])[]
): Html {
  const source = parts.map((part, index) => {
    const value = values[index]
    return value === undefined ? part : part + render(value)
  })
  return new Html(source.join(''))
}

function render(value: string | Html | readonly Html[]): string {
  if (value instanceof Html) return value.source
  if (typeof value === 'string') return escapeHtml(value)
  return value.map((each) => each.source).join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
