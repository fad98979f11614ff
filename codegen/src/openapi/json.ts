/** A part of the description: plain data, written out by `JSON.stringify`. */
export interface Json {
  readonly [key: string]: unknown
}

/** An object with the defined entries. */
export function given(entries: Json): Json {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
}

/** Distinct paragraphs; undefined if there are none. */
export function paragraphs(...texts: readonly (string | undefined)[]): string | undefined {
  const present = [...new Set(texts.filter((text) => text !== undefined && text !== ''))]
  return present.length === 0 ? undefined : present.join('\n\n')
}
