import { Pool } from 'undici'
import { accessToken, PASSWORD, type Person, refreshToken } from './people.ts'

export interface Answer {
  readonly status: number
  readonly body: string
}

/** Calls a service like apps, each person from a different address. */
export interface Calls {
  getAccount(person: Person): Promise<Answer>
  getSession(person: Person): Promise<Answer>
  resolveHandle(person: Person): Promise<Answer>
  /** Keeps the new refresh token. */
  refresh(person: Person): Promise<Answer>
  logIn(person: Person, identifier: 'handle' | 'email'): Promise<Answer>
  signUp(name: string): Promise<Answer>
  requestReset(person: Person): Promise<Answer>
  reset(token: string): Promise<Answer>
  /** Needs an access token from a recent login. */
  deleteAccount(accessJwt: string): Promise<Answer>
  /** A path outside XRPC. */
  get(path: string): Promise<Answer>
  close(): Promise<void>
}

const XRPC = '/xrpc/com.atproto.'

export function openCalls(url: string, connections: number): Calls {
  const pool = new Pool(url.replace('localhost', '127.0.0.1'), { connections })

  async function send(
    method: 'GET' | 'POST',
    path: string,
    { token, input, of = path }: { token?: string; input?: object; of?: string } = {},
  ): Promise<Answer> {
    const { statusCode, body } = await pool.request({
      method,
      path,
      headers: {
        'x-forwarded-for': addressOf(of),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(input !== undefined && { 'content-type': 'application/json' }),
      },
      ...(input !== undefined && { body: JSON.stringify(input) }),
    })
    return { status: statusCode, body: await body.text() }
  }

  return {
    getAccount: async (person) =>
      send('GET', `${XRPC}account.get`, { token: await accessToken(person), of: person.did }),
    getSession: async (person) =>
      send('GET', `${XRPC}server.getSession`, { token: await accessToken(person), of: person.did }),
    resolveHandle: ({ handle, did }) =>
      send('GET', `${XRPC}identity.resolveHandle?handle=${handle}`, { of: did }),
    refresh: async (person) => {
      const token = await refreshToken(person)
      const answer = await send('POST', `${XRPC}server.refreshSession`, { token, of: person.did })
      if (answer.status === 200) person.jti = tokenId(JSON.parse(answer.body).refreshJwt)
      return answer
    },
    logIn: (person, identifier) =>
      send('POST', `${XRPC}server.createSession`, {
        input: { identifier: person[identifier], password: PASSWORD },
        of: person.did,
      }),
    signUp: (name) =>
      send('POST', `${XRPC}server.createAccount`, {
        input: { handle: `${name}.test`, email: `${name}@example.com`, password: PASSWORD },
        of: name,
      }),
    requestReset: ({ email, did }) =>
      send('POST', `${XRPC}account.requestPasswordReset`, { input: { email }, of: did }),
    reset: (token) =>
      send('POST', `${XRPC}account.resetPassword`, {
        input: { token, password: PASSWORD },
        of: token,
      }),
    deleteAccount: (accessJwt) =>
      send('POST', `${XRPC}account.delete`, { token: accessJwt, of: accessJwt }),
    get: (path) => send('GET', path),
    close: () => pool.close(),
  }
}

/** An address of the network for benchmarks (RFC 2544), the same for the same text. */
function addressOf(text: string): string {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0
  return `198.18.${(hash >>> 8) & 255}.${hash & 255}`
}

function tokenId(jwt: string): string {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).jti
}
