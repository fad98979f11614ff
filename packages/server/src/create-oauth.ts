import type { AccountModule } from '@lexwright/account'
import type { AuthorizationServer, Branding, BrandingLink } from '@lexwright/oauth'
import type { Config } from './config/load-config.ts'
import { deriveKey } from './derive-key.ts'
import { withoutUndefined } from './without-undefined.ts'

export interface OAuthOptions {
  readonly config: Config
  readonly accounts: AccountModule
  /** Public URL of the service. */
  readonly publicUrl: string
}

/**
 * Creates the authorization server from the configuration; undefined, and not loaded, if it is
 * turned off.
 */
export async function createOAuth({
  config,
  accounts,
  publicUrl,
}: OAuthOptions): Promise<AuthorizationServer | undefined> {
  if (!config.oauthEnabled) return undefined
  const { createAuthorizationServer } = await import('@lexwright/oauth')
  const secrets = [config.secrets.jwtSecret, ...(config.jwtPreviousSecrets ?? [])]
  return createAuthorizationServer({
    accounts,
    issuer: publicUrl,
    secrets: secrets.map((secret) => deriveKey(secret, 'lexwright oauth')),
    branding: brandingOf(config),
  })
}

function brandingOf(config: Config): Branding {
  return {
    name: config.serviceName,
    ...withoutUndefined({ logo: config.logoUrl }),
    colors: withoutUndefined({
      primary: config.primaryColor,
      error: config.errorColor,
      warning: config.warningColor,
      info: config.infoColor,
      success: config.successColor,
    }),
    background: withoutUndefined({
      light: config.backgroundLightUrl,
      dark: config.backgroundDarkUrl,
    }),
    links: linksOf(config),
  }
}

/** The links, with the order and names of the official PDS. */
function linksOf(config: Config): readonly BrandingLink[] {
  const links: readonly [
    href: string | undefined,
    rel: NonNullable<BrandingLink['rel']>,
    title: string,
  ][] = [
    [config.homeUrl, 'canonical', 'Home'],
    [config.termsOfServiceUrl, 'terms-of-service', 'Terms of Service'],
    [config.privacyPolicyUrl, 'privacy-policy', 'Privacy Policy'],
    [config.supportUrl, 'help', 'Support'],
  ]
  return links.flatMap(([href, rel, title]) => (href === undefined ? [] : [{ href, rel, title }]))
}
