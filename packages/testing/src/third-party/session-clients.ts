import { PasswordSession as AtcuteSession } from '@atcute/password-session'
import { AtpAgent, type AtpSessionData } from '@atproto/api'
import { PasswordSession as LexSession, type SessionData } from '@atproto/lex-password-session'

/** A session of a client. Each client has its own rules for refreshing it and for its end. */
export interface ClientSession {
  readonly did: string
  readonly refreshJwt: string
  /** The account as the client shows it to its app. */
  readonly view: ClientView
  readonly isOver: boolean
  /** Calls a method as the account, at the host the client has determined. */
  fetch(path: string, init: RequestInit): Promise<Response>
  /** Rejects according to the client's rules. */
  refresh(): Promise<unknown>
  logOut(): Promise<void>
  /** The session in the form an app stores. */
  stored(): unknown
}

export interface ClientView {
  readonly handle: string
  readonly email: string | undefined
  readonly emailConfirmed: boolean | undefined
  readonly active: boolean | undefined
  readonly status: string | undefined
}

/** The service and the network of a client. */
export interface ClientOptions {
  readonly service: string
  readonly fetch: typeof fetch
}

export interface SignUp {
  readonly handle: string
  readonly email: string
  readonly password: string
  readonly did?: string
}

export interface LogIn {
  readonly identifier: string
  readonly password: string
  readonly allowTakendown?: boolean
  readonly authFactorToken?: string
}

/** An unmodified client behind a common interface. */
export interface SessionClient {
  readonly name: string
  /** @param headers for an account that moves in. */
  signUp(
    options: ClientOptions,
    account: SignUp,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ClientSession>
  logIn(options: ClientOptions, login: LogIn): Promise<ClientSession>
  resume(options: ClientOptions, stored: unknown): Promise<ClientSession>
}

function atpSession(agent: AtpAgent): ClientSession {
  const session = (): AtpSessionData => {
    if (agent.session === undefined) throw new Error('the session is over')
    return agent.session
  }
  return {
    get did() {
      return session().did
    },
    get refreshJwt() {
      return session().refreshJwt
    },
    get view() {
      const { handle, email, emailConfirmed, active, status } = session()
      return { handle, email, emailConfirmed, active, status }
    },
    get isOver() {
      return !agent.hasSession
    },
    fetch: (path, init) => agent.sessionManager.fetchHandler(path, init),
    refresh: () => agent.sessionManager.refreshSession(),
    logOut: () => agent.logout(),
    stored: () => ({ ...session() }),
  }
}

const atp: SessionClient = {
  name: '@atproto/api',
  signUp: async (options, account, headers = {}) => {
    const agent = new AtpAgent(options)
    await agent.sessionManager.createAccount(account, { encoding: 'application/json', headers })
    return atpSession(agent)
  },
  logIn: async (options, login) => {
    const agent = new AtpAgent(options)
    await agent.login(login)
    return atpSession(agent)
  },
  resume: async (options, stored) => {
    const agent = new AtpAgent(options)
    await agent.resumeSession({ ...(stored as AtpSessionData) })
    return atpSession(agent)
  },
}

function lexSession(client: LexSession): ClientSession {
  return {
    get did() {
      return client.did
    },
    get refreshJwt() {
      return client.session.refreshJwt
    },
    get view() {
      const { handle, email, emailConfirmed, active, status } = client.session
      return { handle, email, emailConfirmed, active, status }
    },
    get isOver() {
      return client.destroyed
    },
    fetch: (path, init) => client.fetchHandler(path, init),
    refresh: () => client.refresh(),
    logOut: () => client.logout(),
    stored: () => ({ ...client.session }),
  }
}

const lex: SessionClient = {
  name: '@atproto/lex-password-session',
  signUp: async (options, account, headers = {}) =>
    lexSession(
      await LexSession.createAccount(account as Parameters<typeof LexSession.createAccount>[0], {
        ...options,
        headers,
      }),
    ),
  logIn: async (options, login) => lexSession(await LexSession.login({ ...options, ...login })),
  resume: async ({ fetch }, stored) =>
    lexSession(await LexSession.resume(stored as SessionData, { fetch })),
}

type AtcuteStored = AtcuteSession['session']

function atcuteSession(client: AtcuteSession): ClientSession {
  return {
    get did() {
      return client.did
    },
    get refreshJwt() {
      return client.session.refreshJwt
    },
    get view() {
      const { handle, email, emailConfirmed, active, inactiveStatus: status } = client.session
      return { handle, email, emailConfirmed, active, status }
    },
    get isOver() {
      return client.destroyed
    },
    fetch: (path, init) => client.handle(path, init),
    refresh: () => client.refresh(),
    logOut: () => client.logout(),
    stored: () => ({ ...client.session }),
  }
}

const atcute: SessionClient = {
  name: '@atcute/password-session',
  // The client has no sign-up: the app calls the method and then logs in.
  signUp: async (options, account, headers = {}) => {
    const response = await options.fetch(
      new URL('/xrpc/com.atproto.server.createAccount', options.service),
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(account),
      },
    )
    if (!response.ok) throw new Error(await response.text())
    const { handle: identifier, password } = account
    return await atcute.logIn(options, { identifier, password })
  },
  logIn: async ({ service, fetch }, { authFactorToken, ...login }) =>
    atcuteSession(
      await AtcuteSession.login(
        { service, ...login, ...(authFactorToken !== undefined && { code: authFactorToken }) },
        { fetch },
      ),
    ),
  resume: async ({ fetch }, stored) =>
    atcuteSession(await AtcuteSession.resume(stored as AtcuteStored, { fetch })),
}

/** For `describe.each`. */
export const sessionClients: readonly SessionClient[] = [atp, lex, atcute]
