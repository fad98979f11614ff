/** A part of the description: plain data, written out by `JSON.stringify`. */
export interface Json {
  readonly [key: string]: unknown
}

/** An object of those entries that have a value. */
export function given(entries: Json): Json {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}

/** Paragraphs, each once; undefined when there is none. */
export function paragraphs(...texts: readonly (string | undefined)[]): string | undefined {
  const present = [...new Set(texts.filter((text) => text !== undefined && text !== ''))]
  return present.length === 0 ? undefined : present.join('\n\n')
}
