/**
 * Invisible characters: controls, line separators, and format characters, which may change the direction of text. The
 * two joiners are excluded, since letters and emoji need them.
 */
const INVISIBLE = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Untrusted text for a terminal, comment or page: invisible characters become U+FFFD. Line feeds stay. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, '\ufffd')
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text.replace(/[\t\n]/g, ' '))
}

/**
 * A complete line for a terminal. File names, property names and system messages are untrusted and must not control the
 * terminal: only the escape sequences that colour the generator's own lines are kept.
 */
export function forTerminal(line: string): string {
  const [first = '', ...pieces] = line.split(ESCAPE)
  const after = pieces.map((piece) => (OURS.test(piece) ? ESCAPE : '\ufffd[') + visible(piece))
  return visible(first) + after.join('')
}

const ESCAPE = '\u001b['
/** Bold, red, green, yellow, blue, and reset. */
const OURS = /^(?:1|22|3[1-4]|39)m/

/** The inside of a JSON or JavaScript literal, with invisible characters as equivalent escapes. */
export function escaped(literal: string): string {
  return literal.replace(INVISIBLE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
