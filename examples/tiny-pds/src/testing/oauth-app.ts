import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'

export interface OAuthAppOptions {
  /** Sends requests to the PDS. */
  readonly fetch: typeof fetch
  readonly origin: string
  readonly scope: string
}

interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: URLSearchParams | string
  /** The access token to send. */
  readonly token?: string
}

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of many kinds
  readonly body: any
}

/** An app with a signed-in user. */
export interface OAuthApp {
  call(nsid: string, input?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

const REDIRECT_URI = 'http://127.0.0.1/callback'
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url')

/** Signs a user in to a native app, step by step: PAR, the pages, the code, key-bound tokens. */
export async function signIn(
  options: OAuthAppOptions,
  person: { readonly username: string; readonly password: string },
): Promise<OAuthApp> {
  const { scope } = options
  const query = new URLSearchParams({ redirect_uri: REDIRECT_URI, scope })
  const client_id = `http://localhost?${query}`
  const ask = withProofs(options)
  const verifier = randomBytes(32).toString('base64url')
  const post = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id, ...form })
    const answer = await ask(path, { method: 'POST', body })
    if (answer.status >= 400) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const { request_uri } = await post('/oauth/par', {
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope,
    state: randomUUID(),
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
  })
  const page = `/oauth/authorize?${new URLSearchParams({ client_id, request_uri })}`
  const code = await consent(options, page, person)
  const tokens = await post('/oauth/token', {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: verifier,
  })
  return {
    call: (nsid, input, headers) =>
      ask(`/xrpc/${nsid}`, {
        token: tokens.access_token,
        headers: { ...headers, ...(input && { 'content-type': 'application/json' }) },
        ...(input && { method: 'POST', body: JSON.stringify(input) }),
      }),
  }
}

/** Adds a DPoP proof (RFC 9449) to each request, and retries with the nonce of the answer. */
function withProofs({ fetch, origin }: OAuthAppOptions) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) }
  let nonce: string | undefined
  return async (path: string, { method = 'GET', headers, body, token }: Ask): Promise<Answer> => {
    for (let attempt = 1; ; attempt++) {
      const htu = `${origin}${path.split('?')[0]}`
      const iat = Math.floor(Date.now() / 1000)
      const ath = token === undefined ? undefined : sha256(token)
      const claims = { jti: randomUUID(), htm: method, htu, iat, nonce, ath }
      const signed = `${base64(header)}.${base64(claims)}`
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
      const dpop = `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
      const response = await fetch(`${origin}${path}`, {
        method,
        headers: { ...headers, dpop, ...(token && { authorization: `DPoP ${token}` }) },
        body: body ?? null,
      })
      const answer = { status: response.status, body: await response.json() }
      nonce = response.headers.get('dpop-nonce') ?? nonce
      if (answer.body.error !== 'use_dpop_nonce' || attempt === 2) return answer
    }
  }
}

/** Acts as a browser on the pages: signs in, consents, and returns the code from the redirect. */
async function consent(
  { fetch, origin }: OAuthAppOptions,
  page: string,
  person: object,
): Promise<string> {
  const cookies = new Map<string, string>()
  const open = async (path: string, init: RequestInit, site: string): Promise<Response> => {
    const response = await fetch(new URL(path, origin), {
      redirect: 'manual',
      ...init,
      headers: {
        cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
        'user-agent': 'a browser',
        'sec-fetch-site': site,
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        referer: `${origin}${page}`,
        ...init.headers,
      },
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
      cookies.set(name, value)
    }
    return response
  }
  const call = async (name: string, input: object, bearer?: string) => {
    const headers = {
      'content-type': 'application/json',
      origin,
      'sec-fetch-mode': 'same-origin',
      'sec-fetch-dest': 'empty',
      'x-csrf-token': cookies.get('csrf-token') ?? '',
      ...(bearer && { authorization: `Bearer ${bearer}` }),
    }
    const init = { method: 'POST', headers, body: JSON.stringify(input) }
    const response = await open(`/@atproto/oauth-provider/~api/${name}`, init, 'same-origin')
    const body = await response.json()
    if (response.ok) return body
    throw new Error(`${name}: ${JSON.stringify(body)}`)
  }
  await open(page, {}, 'cross-site')
  const { account, ephemeralToken } = await call('sign-in', { locale: 'en', ...person })
  const { url } = await call('consent', { did: account.did }, ephemeralToken)
  const { headers } = await open(url, {}, 'same-origin')
  return new URL(headers.get('location') ?? '').searchParams.get('code') ?? ''
}
