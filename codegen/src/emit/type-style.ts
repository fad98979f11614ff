/** Choices in how types are written. */
export interface TypeStyle {
  /**
   * Comparing `$type` narrows an open union to one member, and other values have to be marked. Otherwise a union
   * accepts any object with a `$type`, as in `@atproto/lex-cli`, so that code written for it compiles.
   */
  readonly narrowUnions: boolean
  /** Strings with a format have the matching type of `@atproto/syntax`, such as `DidString`. */
  readonly formatTypes: boolean
}

export const USUAL_STYLE: TypeStyle = { narrowUnions: false, formatTypes: false }
