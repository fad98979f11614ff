import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

interface Ask {
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Page {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** An answer of a page's API. */
export interface ApiAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers of many kinds
  readonly body: any
}

/**
 * Acts like a browser on the pages of the authorization server: keeps cookies and sends the headers
 * for its origin.
 */
export interface TestBrowser {
  readonly cookies: Map<string, string>
  /** Opens a page, as from a link on another site. */
  open(path: string): Promise<Page>
  /** Calls the API from the last opened page. */
  call(endpoint: string, input?: object, bearer?: string): Promise<ApiAnswer>
  /** Follows a URL from a page of the authorization server. */
  follow(url: string): Promise<Page>
}

interface BrowserOptions {
  readonly userAgent?: string
  /** Address to send requests to, instead of the origin. */
  readonly at?: string
}

export function createTestBrowser(
  origin: string,
  { userAgent = 'test browser', at = origin }: BrowserOptions = {},
): TestBrowser {
  const cookies = new Map<string, string>()
  let page = '/account'

  const ask = async (url: string, { headers, body, method = 'GET' }: Ask): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = { 'user-agent': userAgent, ...(cookie && { cookie }), ...headers }
    // Not `fetch`, which sets the headers about a request's origin itself.
    const asked = request(url.replace(origin, at), { method, headers: sent, agent: false })
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';')
      const [name = '', ...value] = pair.split('=')
      cookies.set(name, value.join('='))
    }
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) }
  }

  return {
    cookies,
    open: (path) => {
      page = path
      return ask(`${origin}${path}`, {
        headers: {
          accept: 'text/html',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'cross-site',
        },
      })
    },
    call: async (endpoint, input, bearer) => {
      const response = await ask(`${origin}/@atproto/oauth-provider/~api${endpoint}`, {
        method: input === undefined ? 'GET' : 'POST',
        headers: {
          accept: 'application/json',
          origin,
          referer: `${origin}${page}`,
          'sec-fetch-mode': 'same-origin',
          'sec-fetch-site': 'same-origin',
          'x-csrf-token': cookies.get('csrf-token') ?? '',
          ...(input !== undefined && { 'content-type': 'application/json' }),
          ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        },
        ...(input !== undefined && { body: JSON.stringify(input) }),
      })
      return { status: response.status, body: JSON.parse(response.text) }
    },
    follow: (url) =>
      ask(url, {
        headers: {
          accept: 'text/html',
          referer: `${origin}${page}`,
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'same-origin',
        },
      }),
  }
}
