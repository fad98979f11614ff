import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { AppIdentity } from './app.ts'

const SITE = 'https://app.example.com'

/**
 * A confidential client, which authenticates by signed assertions (RFC 7523). Its site serves its
 * metadata.
 */
export interface SiteApp extends AppIdentity {
  /** A network with only its site. */
  readonly fetch: typeof globalThis.fetch
  /** Sets the signing key; the first one initially. */
  use(key: 'first' | 'second' | 'unpublished'): void
  assertion(claims: { readonly aud: string }): Promise<string>
}

/** @param issuer the authorization server that the app authenticates to. */
export async function createSiteApp(issuer: () => string, scope: string): Promise<SiteApp> {
  const keys = {
    first: await generateKeyPair('ES256'),
    second: await generateKeyPair('ES256'),
    unpublished: await generateKeyPair('ES256'),
  }
  const publish = async (kid: 'first' | 'second') => ({
    ...(await exportJWK(keys[kid].publicKey)),
    ...{ kid, alg: 'ES256', use: 'sig' },
  })
  const clientId = `${SITE}/client-metadata.json`
  const redirectUri = `${SITE}/callback`
  const metadata = {
    client_id: clientId,
    redirect_uris: [redirectUri],
    scope,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'web',
    dpop_bound_access_tokens: true,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks_uri: `${SITE}/jwks.json`,
  }
  const documents = new Map<string, object>([
    [clientId, metadata],
    [metadata.jwks_uri, { keys: [await publish('first'), await publish('second')] }],
  ])
  let kid: keyof typeof keys = 'first'
  const app: SiteApp = {
    clientId,
    redirectUri,
    fetch: async (input) => {
      const document = documents.get(new Request(input).url)
      if (document === undefined) throw new TypeError('fetch failed')
      return Response.json(document)
    },
    use: (key) => {
      kid = key
    },
    assertion: ({ aud }) =>
      new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(aud)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(keys[kid].privateKey),
    credentials: async () => credentialsOf(await app.assertion({ aud: issuer() })),
  }
  return app
}

export function credentialsOf(assertion: string): Readonly<Record<string, string>> {
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
}
