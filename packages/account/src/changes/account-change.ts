/** Something that happened to an account. Dates are ISO strings once read from the table. */
export type AccountChange = ChangeDetail & { readonly did: string; readonly at: Date }

type ChangeDetail =
  | { readonly kind: 'created'; readonly handle: string }
  | { readonly kind: 'activated' }
  /** By its owner, optionally with a date of deletion. */
  | { readonly kind: 'deactivated'; readonly deleteAfter?: Date }
  /** Taken down by the operator. */
  | { readonly kind: 'disabled'; readonly ref?: string }
  | { readonly kind: 'enabled' }
  | { readonly kind: 'deleted'; readonly purgeAfter: Date }
  | { readonly kind: 'restored'; readonly handle: string }
  /** All personal data is removed, from earlier changes too. */
  | { readonly kind: 'purged' }
  | { readonly kind: 'password-reset' }
  | { readonly kind: 'email-confirmed' }
  | { readonly kind: 'email-changed' }
  | { readonly kind: 'handle-changed'; readonly handle: string; readonly previous: string }
  /**
   * A handle of another domain has not resolved to the account for three days. Emitted again when
   * it resolves.
   */
  | { readonly kind: 'handle-unproven'; readonly handle: string }
  | { readonly kind: 'handle-proven'; readonly handle: string }
  /** The DID document changed, here or elsewhere. */
  | { readonly kind: 'identity-changed' }

export type ChangeKind = AccountChange['kind']
