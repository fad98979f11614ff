/** Something that happened to an account. Dates in it are ISO texts once it was read from the table. */
export type AccountChange = ChangeDetail & { readonly did: string; readonly at: Date }

type ChangeDetail =
  | { readonly kind: 'created'; readonly handle: string }
  | { readonly kind: 'activated' }
  /** By its owner, who may have it deleted later. */
  | { readonly kind: 'deactivated'; readonly deleteAfter?: Date }
  /** Taken down by the operator. */
  | { readonly kind: 'disabled'; readonly ref?: string }
  | { readonly kind: 'enabled' }
  | { readonly kind: 'deleted'; readonly purgeAfter: Date }
  | { readonly kind: 'restored'; readonly handle: string }
  /** Nothing personal is left, also not of former changes. */
  | { readonly kind: 'purged' }
  | { readonly kind: 'password-reset' }
  | { readonly kind: 'email-confirmed' }
  | { readonly kind: 'email-changed' }
  | { readonly kind: 'handle-changed'; readonly handle: string; readonly previous: string }
  /** A handle of another domain did not lead to the account for three days, and does again. */
  | { readonly kind: 'handle-unproven'; readonly handle: string }
  | { readonly kind: 'handle-proven'; readonly handle: string }
  /** The DID has another document, whoever changed it. */
  | { readonly kind: 'identity-changed' }

export type ChangeKind = AccountChange['kind']
