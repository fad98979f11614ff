/** How types are written where there is a choice. */
export interface TypeStyle {
  /**
   * A comparison of `$type` narrows an open union to one member, and what a union does not name has to be marked as such. Else
   * a union takes any object with a `$type`, as those of `@atproto/lex-cli` do, and code that was written for them.
   */
  readonly narrowUnions: boolean
  /** A string with a format has the type of `@atproto/syntax` for it, such as `DidString`. */
  readonly formatTypes: boolean
}

export const USUAL_STYLE: TypeStyle = { narrowUnions: false, formatTypes: false }
