import { brokenBy, type ChangeName, type Direction, type Party } from './rules.ts'

type Path = readonly (string | number)[]

/** One difference between two sets of documents. */
export interface Change {
  readonly rule: ChangeName
  readonly nsid: string
  /** Its location: in the new document, or in the old one if it was removed. */
  readonly path: Path
  readonly message: string
  /** The directions in which the affected value flows. */
  readonly directions: readonly Direction[]
  /** The parties it breaks; empty for a compatible change. */
  readonly breaks: readonly Party[]
}

/** A location in both sets, and the changes found so far. */
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

  /** A location inside this one. */
  at(...keys: Path): Scope {
    return this.#fixed ? this : this.#with({ path: [...this.path, ...keys] })
  }

  flowing(direction: Direction): Scope {
    return this.#with({ directions: new Set([direction]) })
  }

  /** Reports everything inside at this location: the compared schema is in another document. */
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
