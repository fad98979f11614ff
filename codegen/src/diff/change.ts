import { brokenBy, type ChangeName, type Direction, type Party } from './rules.ts'

type Path = readonly (string | number)[]

/** One difference between two sets of documents. */
export interface Change {
  readonly rule: ChangeName
  readonly nsid: string
  /** Where: in the new document, or in the old one where the new one has nothing. */
  readonly path: Path
  readonly message: string
  /** The ways in which the value concerned flows. */
  readonly directions: readonly Direction[]
  /** Whom it breaks; empty for a compatible change. */
  readonly breaks: readonly Party[]
}

/** A place in both sets at once, and everything found so far. */
export class Scope {
  readonly nsid: string
  readonly path: Path
  readonly directions: ReadonlySet<Direction>
  readonly changes: Change[]
  readonly #fixed: boolean

  constructor(
    at: {
      readonly nsid: string
      readonly path: Path
      readonly directions: ReadonlySet<Direction>
      readonly fixed?: boolean
    },
    changes: Change[],
  ) {
    this.nsid = at.nsid
    this.path = at.path
    this.directions = at.directions
    this.changes = changes
    this.#fixed = at.fixed === true
  }

  /** The same, further inside. */
  at(...keys: Path): Scope {
    return this.#fixed ? this : this.#with({ path: [...this.path, ...keys] })
  }

  flowing(direction: Direction): Scope {
    return this.#with({ directions: new Set([direction]) })
  }

  /** The same place for everything inside: what is compared stands in another document. */
  fixed(): Scope {
    return this.#with({ fixed: true })
  }

  tell(rule: ChangeName, message: string): void {
    const { nsid, path } = this
    const directions = [...this.directions]
    const breaks = brokenBy(rule, directions)
    this.changes.push({ rule, nsid, path, message, directions, breaks })
  }

  #with(change: { path?: Path; directions?: ReadonlySet<Direction>; fixed?: boolean }): Scope {
    const { nsid, path, directions } = this
    return new Scope({ nsid, path, directions, fixed: this.#fixed, ...change }, this.changes)
  }
}
