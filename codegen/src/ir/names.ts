/**
 * Converts names of a lexicon to identifiers. Ordinary names become the same as in `@atproto/lex-cli`, so
 * that code written for its output compiles; all others are made safe and unique.
 */

/** `feedViewPost` → `FeedViewPost`, `com.example.a-b` → `ComExampleAB`. */
export function titleCase(name: string): string {
  return identifier(joinWords(name).replace(/^[a-z]/, upper))
}

/** `foo-bar` → `fooBar`. */
export function camelCase(name: string): string {
  return identifier(joinWords(name))
}

/** `clip-content` → `CLIP_CONTENT`. */
export function screamingSnakeCase(name: string): string {
  return identifier(name.replace(/[.#-]+/g, '_').toUpperCase())
}

/** A set of taken identifiers that returns free ones. */
export class NameScope {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  /** Takes the preferred name, or the first free one of `name2`, `name3`, … */
  take(preferred: string): string {
    return this.takeWith((suffix) => preferred + suffix)
  }

  /** Like {@link take} for names that belong together: the suffix leaves all of them free. */
  takeWith(name: (suffix: string) => string, ...others: ((suffix: string) => string)[]): string {
    const all = [name, ...others]
    for (let n = 1; ; n++) {
      const suffix = n === 1 ? '' : String(n)
      const names = all.map((make) => make(suffix))
      if (names.every((candidate) => !this.#taken.has(candidate))) {
        for (const taken of names) this.#taken.add(taken)
        return name(suffix)
      }
    }
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }
}

function joinWords(name: string): string {
  return name.replace(/[.#-]([a-z])/gi, (_, letter: string) => upper(letter)).replace(/[.-]/g, '')
}

function upper(letter: string): string {
  return letter.toUpperCase()
}

/** Replaces invalid characters; the result never starts with a digit and is never empty. */
function identifier(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_]/g, '_')
  return /^[A-Za-z]/.test(safe) ? safe : `X${safe}`
}
