/** A record or a blob. */
export type ModeratedSubject =
  | { readonly kind: 'record'; readonly uri: string; readonly cid: string }
  | {
      readonly kind: 'blob'
      readonly did: string
      readonly cid: string
      readonly recordUri?: string
    }

export interface Takedown {
  readonly applied: boolean
  /** The moderator's reference. */
  readonly ref?: string
}

/** Moderation of records and blobs, implemented by the host of repositories. */
export interface ModerationPort {
  /** Undefined if there is no such record or blob. */
  describe(
    name:
      | { readonly kind: 'record'; readonly uri: string }
      | { readonly kind: 'blob'; readonly did: string; readonly cid: string },
  ): Promise<{ readonly subject: ModeratedSubject; readonly takedown: Takedown } | undefined>
  /**
   * Takes a record or a blob down, or undoes it. Called for the admin or the moderation service.
   */
  setTakedown(subject: ModeratedSubject, takedown: Takedown): Promise<void>
}
