import type { AccountModule } from '@lexwright/account'
import type { Entryway } from '@lexwright/entryway'
import type {
  AuthorizationServer,
  AuthorizationServerOptions,
  Branding,
  BrandingLink,
} from '@lexwright/oauth'
import type { Config } from './config/load-config.ts'
import { deriveKey } from './derive-key.ts'
import { withoutUndefined } from './without-undefined.ts'

export interface OAuthOptions {
  readonly config: Config
  readonly accounts: AccountModule
  /** Undefined without an entryway. */
  readonly entryway: Entryway | undefined
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
  entryway,
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
    ...(entryway && (await resourcesOf(config, entryway))),
  })
}

/**
 * Resource server options of an entryway: a token is for the account's host, signed with the key
 * configured at all hosts.
 */
async function resourcesOf(
  { secrets, serviceDid }: Config,
  { hosts }: Entryway,
): Promise<Partial<AuthorizationServerOptions>> {
  const { createAppKey } = await import('@lexwright/entryway')
  return {
    resources: 'elsewhere',
    scopeReferences: true,
    signingKeys: [{ ...(await createAppKey(secrets.entrywayJwtKey ?? '')) }],
    audience: async (did) => (await hosts.byAccount(did))?.did ?? serviceDid,
  }
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
