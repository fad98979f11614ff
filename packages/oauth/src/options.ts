import type { LexResolver } from '@atproto/oauth-provider/provider'
import type { AccountModule } from '@lexwright/account'

/** Options of {@link createAuthorizationServer}. Only `accounts`, `issuer` and `secrets` have no default. */
export interface AuthorizationServerOptions {
  /** Whose accounts. Its tables are beside theirs, in the same schema. */
  readonly accounts: AccountModule
  /** The origin that people and apps reach it at: https, or http on a loopback host. Without a path or a slash at the end. */
  readonly issuer: string
  /**
   * Secrets of 32 bytes or more, newest first; all processes have the same. The first signs cookies, nonces and, without
   * `signingKeys`, access tokens; cookies and tokens of the others are still good.
   */
  readonly secrets: readonly (string | Uint8Array)[]
  /**
   * Private keys as JWK that sign access tokens, newest first: the first signs, all verify. Needed for resource servers
   * elsewhere, which get the public keys. A key without `kid` is not published, and signs tokens without one.
   */
  readonly signingKeys?: readonly Readonly<Record<string, unknown>>[]
  /**
   * Where apps use their tokens.
   *
   * - `here`, by default: at this service. Each call looks its token up, so that revocation counts at once.
   * - `elsewhere`: at servers that know the public keys and nothing else. Tokens tell all, and live 15 minutes.
   */
  readonly resources?: 'here' | 'elsewhere'
  /** The DID of the server that an account's tokens are for; that of the account module by default. */
  readonly audience?: (did: string) => string | Promise<string>
  /** How long an access token lives, in seconds; an hour, and 15 minutes for resources elsewhere, where that is the most. */
  readonly accessTokenTtl?: number
  /** How a refresh token is taken that was used before. */
  readonly refreshGrace?: Partial<RefreshGrace>
  /** True if people may create accounts on its pages, by the rules of the account module; true by default. */
  readonly signUp?: boolean
  readonly branding?: Branding
  /**
   * Fetches metadata of apps and lexicons. By default it reaches no private address, follows no redirect, and reads answers of
   * limited size only.
   */
  readonly safeFetch?: typeof globalThis.fetch
  /** Finds permission sets in the network; by DNS and `safeFetch` by default. */
  readonly lexResolver?: Pick<LexResolver, 'get'>
}

/** In seconds since the use of a refresh token. */
export interface RefreshGrace {
  /** Until then it is refused, and its session goes on: two requests were sent at once; 2 by default. */
  readonly concurrent: number
  /**
   * Until then the one that the present token was given for is good again: the answer may have got lost; 30 by default. A used
   * token that comes later, or another one, ends the session.
   */
  readonly lost: number
}

/** How the pages look. */
export interface Branding {
  readonly name?: string
  /** URL of an image. */
  readonly logo?: string
  /** CSS colours: `#rgb`, `#rrggbb` or `rgb(r, g, b)`. */
  readonly colors?: Partial<
    Readonly<Record<'primary' | 'error' | 'warning' | 'info' | 'success', string>>
  >
  /** URLs of images behind the pages, for light and dark screens. */
  readonly background?: { readonly light?: string; readonly dark?: string }
  /** Below the pages. */
  readonly links?: readonly BrandingLink[]
}

export interface BrandingLink {
  readonly title: string | Readonly<Record<string, string>>
  readonly href: string
  readonly rel?:
    | 'canonical'
    | 'external'
    | 'help'
    | 'license'
    | 'me'
    | 'privacy-policy'
    | 'terms-of-service'
}
