import { createHash, randomBytes } from 'node:crypto'
import { createTestBrowser, type TestBrowser } from './browser.ts'
import { createDpopKey, type DpopKey, type Proof } from './dpop-key.ts'

/** Tokens of a session. */
export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly scope: string
  readonly sub: string
  readonly token_type: string
}

export interface Answer<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

interface Refusal {
  readonly error: string
  readonly error_description: string
}

/** An authorization request, before and after consent. */
export interface Authorization {
  readonly requestUri: string
  readonly verifier: string
  /** Path of its pages. */
  readonly path: string
}

export interface SignInRequest {
  readonly username: string
  readonly password: string
  readonly remember?: boolean
  /** The scopes to grant; all by default. */
  readonly scope?: string
}

/** The client id and the authentication of an app. */
export interface AppIdentity {
  readonly clientId: string
  readonly redirectUri: string
  /** Parameters of each request that authenticate it; none for public clients. */
  readonly credentials: () => Promise<Readonly<Record<string, string>>>
}

/** An app written against the protocol only: it has one key for its tokens, and retries only for nonces. */
export interface TestApp {
  readonly clientId: string
  readonly key: DpopKey
  pushRequest(parameters?: Readonly<Record<string, string>>): Promise<Authorization>
  /** Signs in on the pages of a request and returns the code. */
  signIn(
    authorization: Authorization,
    request: SignInRequest,
    browser?: TestBrowser,
  ): Promise<string>
  exchange(
    authorization: Authorization,
    code: string,
    key?: DpopKey,
  ): Promise<Answer<Tokens & Refusal>>
  refresh(refreshToken: string, options?: RefreshOptions): Promise<Answer<Tokens & Refusal>>
  revoke(token: string): Promise<Answer<unknown>>
  /** Performs the whole flow and returns the tokens of a new session. */
  logIn(request: SignInRequest): Promise<Tokens>
  call(
    nsid: string,
    tokens: Pick<Tokens, 'access_token'>,
    options?: CallOptions,
  ): Promise<Answer<Refusal & Record<string, unknown>>>
}

export interface RefreshOptions {
  readonly at?: string
  readonly key?: DpopKey
  /** Replace the app's own. */
  readonly credentials?: Readonly<Record<string, string>>
}

export interface CallOptions {
  readonly at?: string
  readonly key?: DpopKey
  /** Changes to the proof. */
  readonly proof?: Partial<Proof>
  readonly scheme?: string
  readonly method?: string
  /** Sends this proof instead. */
  readonly dpop?: string
  /** JSON. */
  readonly body?: object
}

interface AppOptions {
  /** A native app on this machine by default. */
  readonly identity?: AppIdentity
  /** Address to send requests to, instead of the origin. */
  readonly at?: string
}

export const REDIRECT_URI = 'http://127.0.0.1:3999/callback'

/** A native app on this machine. */
function nativeApp(scope: string): AppIdentity {
  const query = new URLSearchParams({ redirect_uri: REDIRECT_URI, scope })
  return {
    clientId: `http://localhost?${query}`,
    redirectUri: REDIRECT_URI,
    credentials: async () => ({}),
  }
}

export async function createTestApp(
  origin: string,
  scope = 'atproto transition:generic',
  { identity = nativeApp(scope), at = origin }: AppOptions = {},
): Promise<TestApp> {
  const { clientId, redirectUri, credentials } = identity
  const key = await createDpopKey()
  let nonce: string | undefined

  const post = async <Body>(
    url: string,
    form: Readonly<Record<string, string>>,
    by: DpopKey = key,
  ): Promise<Answer<Body & Refusal>> => {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          dpop: await by.prove({ htm: 'POST', htu: `${origin}${new URL(url).pathname}`, nonce }),
        },
        body: new URLSearchParams({ client_id: clientId, ...(await credentials()), ...form }),
      })
      const body = (await response.json()) as Body & Refusal
      nonce = response.headers.get('dpop-nonce') ?? nonce
      if (body.error !== 'use_dpop_nonce' || attempt === 3) {
        return { status: response.status, headers: response.headers, body }
      }
    }
  }

  const app: TestApp = {
    clientId,
    key,

    pushRequest: async (parameters = {}) => {
      const verifier = randomBytes(32).toString('base64url')
      const { status, body } = await post<{ request_uri: string }>(`${at}/oauth/par`, {
        response_type: 'code',
        redirect_uri: redirectUri,
        scope,
        state: randomBytes(8).toString('hex'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...parameters,
      })
      if (status !== 201) throw new Error(`PAR was answered ${status} ${JSON.stringify(body)}`)
      const requestUri = body.request_uri
      const query = new URLSearchParams({ client_id: clientId, request_uri: requestUri })
      return { requestUri, verifier, path: `/oauth/authorize?${query}` }
    },

    signIn: async ({ path }, request, browser = createTestBrowser(origin, { at })) => {
      const location = await authorize(browser, path, request)
      const code = location.searchParams.get('code')
      if (code === null) throw new Error(`No code came back: ${location.search}`)
      return code
    },

    exchange: ({ verifier }, code, by) =>
      post<Tokens>(
        `${at}/oauth/token`,
        {
          grant_type: 'authorization_code',
          redirect_uri: redirectUri,
          code,
          code_verifier: verifier,
        },
        by,
      ),

    refresh: (refreshToken, { key: by, at: server = at, credentials: given } = {}) =>
      post<Tokens>(
        `${server}/oauth/token`,
        { grant_type: 'refresh_token', refresh_token: refreshToken, ...given },
        by,
      ),

    revoke: (token) => post(`${at}/oauth/revoke`, { token }),

    logIn: async (request) => {
      const authorization = await app.pushRequest()
      const { status, body } = await app.exchange(
        authorization,
        await app.signIn(authorization, request),
      )
      if (status !== 200)
        throw new Error(`The exchange was answered ${status} ${JSON.stringify(body)}`)
      return body
    },

    call: async (nsid, { access_token: token }, options = {}) => {
      const { at: server = at, key: by = key, proof, scheme = 'DPoP', dpop } = options
      const { method = 'GET', body: input } = options
      for (let attempt = 1; ; attempt++) {
        const url = `${server}/xrpc/${nsid}`
        const htu = `${origin}/xrpc/${nsid.split('?')[0]}`
        const response = await fetch(url, {
          method,
          headers: {
            authorization: `${scheme} ${token}`,
            dpop: dpop ?? (await by.prove({ htm: method, htu, nonce, token, ...proof })),
            ...(input !== undefined && { 'content-type': 'application/json' }),
          },
          ...(input !== undefined && { body: JSON.stringify(input) }),
        })
        const text = await response.text()
        const body = text === '' ? {} : JSON.parse(text)
        nonce = response.headers.get('dpop-nonce') ?? nonce
        if (
          body.error !== 'use_dpop_nonce' ||
          attempt === 2 ||
          proof?.nonce !== undefined ||
          dpop
        ) {
          return { status: response.status, headers: response.headers, body }
        }
      }
    },
  }
  return app
}

/** Signs in on the pages of a request, consents, and returns the redirect to the app. */
export async function authorize(
  browser: TestBrowser,
  path: string,
  { scope, ...request }: SignInRequest,
): Promise<URL> {
  const page = await browser.open(path)
  if (page.status !== 200) throw new Error(`The page was answered ${page.status} ${page.text}`)
  const signedIn = await browser.call('/sign-in', { locale: 'en', ...request })
  if (signedIn.status !== 200) throw new Error(`Sign-in was answered ${JSON.stringify(signedIn)}`)
  const { account, ephemeralToken } = signedIn.body
  const consent = { did: account.did, ...(scope !== undefined && { scope }) }
  const consented = await browser.call('/consent', consent, ephemeralToken)
  return await locationOf(browser, consented.body.url)
}

/** Follows the redirect after consent. */
export async function locationOf(browser: TestBrowser, url: string): Promise<URL> {
  const { status, headers } = await browser.follow(url)
  if (headers.location === undefined) throw new Error(`The redirect was answered ${status}`)
  return new URL(headers.location)
}
