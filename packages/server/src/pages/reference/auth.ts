/** Who may call a method: what the service knows and its documents do not say. */
export type MethodAuth =
  | { readonly scheme: 'none'; readonly description: string }
  | {
      readonly scheme: 'bearer'
      readonly description: string
      /** What the token is called in a shell. */
      readonly variable: string
    }
  | {
      readonly scheme: 'basic'
      readonly description: string
      readonly user: string
      /** What the password is called in a shell. */
      readonly variable: string
    }
