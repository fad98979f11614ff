import { setTimeout as delay } from 'node:timers/promises'

/** The record of a call. */
export interface Answer {
  /** When the answer came, in milliseconds of `performance.now()`. */
  readonly at: number
  readonly nsid: string
  /** The URL of the server that was called. */
  readonly server: string
  /** Undefined if the connection broke or timed out: the outcome is unknown. */
  readonly status: number | undefined
  readonly retryAfter: string | null
}

export interface Reply {
  readonly status: number | undefined
  readonly body: Readonly<Record<string, string>>
  /** True if an earlier attempt had no answer or a 503, and may have taken effect anyway. */
  readonly isRepeated: boolean
}

export interface Call {
  /** Sent as JSON by POST, without a body if empty; absent for a GET. */
  readonly body?: object
  readonly token?: string
}

/** Calls the servers in turn, as a balancer would, and records every answer. */
export interface Calls {
  readonly answers: readonly Answer[]
  /** Repeats a call, like clients, until it gets an answer other than 503. */
  insist(nsid: string, call: Call): Promise<Reply>
}

/** Longer than any timeout of a server, in milliseconds. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 200
/** Longer than any outage, in milliseconds. */
const INSISTENCE_MS = 180_000

/** @param urls the servers that run at the moment. */
export function createCalls(urls: () => readonly string[]): Calls {
  const answers: Answer[] = []
  let turn = 0

  const send = async (path: string, init: RequestInit) => {
    for (let tries = 0; ; tries++) {
      const servers = urls()
      const server = servers[turn++ % servers.length] ?? ''
      try {
        const response = await fetch(`${server}${path}`, init)
        const { status, headers } = response
        return {
          server,
          status,
          retryAfter: headers.get('retry-after'),
          text: await response.text(),
        }
      } catch (error) {
        const { code } = ((error as Error).cause ?? {}) as { readonly code?: string }
        // A server that refused the connection has received nothing, so the call goes to the next
        // one.
        if (code !== 'ECONNREFUSED' || tries === 10)
          return { server, status: undefined, retryAfter: null, text: '' }
      }
    }
  }

  const once = async (nsid: string, { body, token }: Call): Promise<Omit<Reply, 'isRepeated'>> => {
    const hasBody = body !== undefined && Object.keys(body).length > 0
    const { text, ...answer } = await send(`/xrpc/com.atproto.${nsid}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(hasBody && { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(hasBody && { body: JSON.stringify(body) }),
    })
    answers.push({ at: performance.now(), nsid, ...answer })
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
  }

  return {
    answers,
    insist: async (nsid, call) => {
      const deadline = performance.now() + INSISTENCE_MS
      for (let isRepeated = false; ; isRepeated = true) {
        const reply = await once(nsid, call)
        if (reply.status !== undefined && reply.status !== 503) return { ...reply, isRepeated }
        if (performance.now() > deadline) throw new Error(`${nsid} is not answered any more`)
        await delay(PAUSE_MS)
      }
    },
  }
}
