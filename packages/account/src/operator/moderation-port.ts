/** A record or a blob, as the host of its repository knows it. */
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

/** Records and blobs as subjects of moderation, which only the host of repositories knows. */
export interface ModerationPort {
  /** Undefined if there is no such record or blob. */
  describe(
    name:
      | { readonly kind: 'record'; readonly uri: string }
      | { readonly kind: 'blob'; readonly did: string; readonly cid: string },
  ): Promise<{ readonly subject: ModeratedSubject; readonly takedown: Takedown } | undefined>
  /** Takes a record or a blob down, or undoes it. The caller is the admin or the moderation service. */
  setTakedown(subject: ModeratedSubject, takedown: Takedown): Promise<void>
}
