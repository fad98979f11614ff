/** Runs in a page: the same app with different clients. `bundleBrowserClients` bundles it. */
import {
  CompositeDidDocumentResolver,
  LocalActorResolver,
  PlcDidDocumentResolver,
  XrpcHandleResolver,
} from '@atcute/identity-resolver'
import {
  configureOAuth,
  createAuthorizationUrl,
  finalizeAuthorization,
  OAuthUserAgent,
} from '@atcute/oauth-browser-client'
import { BrowserOAuthClient, type OAuthSession } from '@atproto/oauth-client-browser'

export interface BrowserAppOptions {
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
  readonly service: string
  readonly plcDirectoryUrl: string
}

/** An app in a page, from sign-in until after the return from the authorization server. */
export interface BrowserApp {
  signIn(handle: string): Promise<void>
  /** Completes the sign-in after the return. */
  finish(): Promise<void>
  call(path: string): Promise<{ readonly status: number; readonly body: unknown }>
  refresh(): Promise<void>
  signOut(): Promise<void>
}

/** The part of a browser page in use. */
declare const location: { readonly hash: string; assign(url: URL): void }

declare global {
  var oauthApps: Readonly<Record<'official' | 'atcute', (options: BrowserAppOptions) => BrowserApp>>
}

async function answer(response: Response) {
  return { status: response.status, body: (await response.json()) as unknown }
}

function official(options: BrowserAppOptions): BrowserApp {
  const { clientId, redirectUri, scope, service, plcDirectoryUrl } = options
  const client = new BrowserOAuthClient({
    clientMetadata: {
      client_id: clientId as `http://localhost?${string}`,
      redirect_uris: [redirectUri as `http://127.0.0.1:${string}`],
      scope,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      dpop_bound_access_tokens: true,
    },
    allowHttp: true,
    handleResolver: service,
    plcDirectoryUrl,
    responseMode: 'query',
  })
  let session: OAuthSession | undefined
  const current = (): OAuthSession => {
    if (session === undefined) throw new Error('Nobody is signed in')
    return session
  }
  return {
    signIn: async (handle) => void (await client.signInRedirect(handle, { scope })),
    finish: async () => {
      session = (await client.init())?.session
    },
    call: async (path) => await answer(await current().fetchHandler(path)),
    refresh: async () => void (await current().getTokenInfo(true)),
    signOut: () => current().signOut(),
  }
}

function atcute(options: BrowserAppOptions): BrowserApp {
  const { clientId, redirectUri, scope, service, plcDirectoryUrl } = options
  configureOAuth({
    metadata: { client_id: clientId, redirect_uri: redirectUri },
    identityResolver: new LocalActorResolver({
      handleResolver: new XrpcHandleResolver({ serviceUrl: service }),
      didDocumentResolver: new CompositeDidDocumentResolver({
        methods: { plc: new PlcDidDocumentResolver({ apiUrl: plcDirectoryUrl }) },
      }),
    }),
  })
  let agent: OAuthUserAgent | undefined
  const current = (): OAuthUserAgent => {
    if (agent === undefined) throw new Error('Nobody is signed in')
    return agent
  }
  return {
    signIn: async (identifier) => {
      const target = { type: 'account', identifier: identifier as `${string}.${string}` } as const
      location.assign(await createAuthorizationUrl({ target, scope }))
    },
    finish: async () => {
      const { session } = await finalizeAuthorization(new URLSearchParams(location.hash.slice(1)))
      agent = new OAuthUserAgent(session)
    },
    call: async (path) => await answer(await current().handle(path)),
    refresh: async () => void (await current().getSession({ noCache: true })),
    signOut: () => current().signOut(),
  }
}

globalThis.oauthApps = { official, atcute }
