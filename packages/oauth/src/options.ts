import type { LexResolver } from '@atproto/oauth-provider/provider'
import type { AccountModule } from '@lexwright/account'

/**
 * Options of {@link createAuthorizationServer}. Only `accounts`, `issuer` and `secrets` are
 * required.
 */
export interface AuthorizationServerOptions {
  /** The account module, whose schema also gets the tables of OAuth. */
  readonly accounts: AccountModule
  /** Public origin: https, or http on a loopback host. Without a path or trailing slash. */
  readonly issuer: string
  /**
   * Secrets, at least 32 bytes each, newest first; the same in all processes. The first signs
   * cookies, nonces and, without `signingKeys`, access tokens; cookies and tokens of the others
   * stay valid.
   */
  readonly secrets: readonly (string | Uint8Array)[]
  /**
   * Private keys as JWK that sign access tokens, newest first: the first signs, all verify.
   * Required for resource servers elsewhere, which get the public keys. A key without `kid` is not
   * published, and its tokens have none.
   */
  readonly signingKeys?: readonly Readonly<Record<string, unknown>>[]
  /**
   * The resource servers.
   *
   * - `here`, by default: this service. Each call looks its token up, so revocation takes effect at
   *   once.
   * - `elsewhere`: servers that only know the public keys. Tokens are self-contained and live 15
   *   minutes.
   */
  readonly resources?: 'here' | 'elsewhere'
  /**
   * True if the resource servers elsewhere are official PDSes behind an entryway: tokens refer to
   * scopes of more than 1,000 characters, and the PDS asks for them with
   * `com.atproto.temp.dereferenceScope`. False by default.
   */
  readonly scopeReferences?: boolean
  /** The DID of the resource server for an account; the account module's by default. */
  readonly audience?: (did: string) => string | Promise<string>
  /**
   * Lifetime of access tokens, in seconds; 3600 by default, and at most 900, also the default, for
   * resources elsewhere.
   */
  readonly accessTokenTtl?: number
  /** Grace periods for used refresh tokens. */
  readonly refreshGrace?: Partial<RefreshGrace>
  /** True to allow sign-up on its pages, under the rules of the account module; true by default. */
  readonly signUp?: boolean
  readonly branding?: Branding
  /**
   * Fetches metadata of apps and lexicons. The default reaches no private addresses, follows no
   * redirects, and limits the size of answers.
   */
  readonly safeFetch?: typeof globalThis.fetch
  /** Resolves permission sets; by DNS and `safeFetch` by default. */
  readonly lexResolver?: Pick<LexResolver, 'get'>
}

/** Seconds since a refresh token was used. */
export interface RefreshGrace {
  /**
   * Until then it is refused without ending its session: two requests may have been sent at once.
   * 2 by default.
   */
  readonly concurrent: number
  /**
   * Until then the predecessor of the present token is accepted again, as its answer may be lost;
   * 30 by default. A later use, or of any other used token, ends the session.
   */
  readonly lost: number
}

/** The look of the pages. */
export interface Branding {
  readonly name?: string
  /** URL of an image. */
  readonly logo?: string
  /** CSS colours: `#rgb`, `#rrggbb` or `rgb(r, g, b)`. */
  readonly colors?: Partial<
    Readonly<Record<'primary' | 'error' | 'warning' | 'info' | 'success', string>>
  >
  /** URLs of background images for light and dark mode. */
  readonly background?: { readonly light?: string; readonly dark?: string }
  /** Links at the bottom of the pages. */
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
