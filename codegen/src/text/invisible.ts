/**
 * Characters that a reader does not see: controls, line separators, and format characters, which may turn the direction of
 * text. The two joiners stay, since letters and emoji are written with them.
 */
const INVISIBLE = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text of others for a terminal, a comment or a page: what cannot be seen becomes U+FFFD. Line feeds stay. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, '\ufffd')
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visible(text.replace(/[\t\n]/g, ' '))
}

/**
 * A finished line for a terminal. Names of files and properties, and words of the system, come from others: nothing in them
 * may drive the terminal. Of the escape sequences the few stay that colour our own lines.
 */
export function forTerminal(line: string): string {
  const [first = '', ...pieces] = line.split(ESCAPE)
  const after = pieces.map((piece) => (OURS.test(piece) ? ESCAPE : '\ufffd[') + visible(piece))
  return visible(first) + after.join('')
}

const ESCAPE = '\u001b['
/** Bold, red, green, yellow, blue, and back. */
const OURS = /^(?:1|22|3[1-4]|39)m/

/** The inside of a literal in JSON or JavaScript, with what cannot be seen as escapes of the same meaning. */
export function escaped(literal: string): string {
  return literal.replace(INVISIBLE, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
