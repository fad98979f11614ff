import { DirectoryUnavailable } from '@lexwright/account'
import type { Host } from './host.ts'

/** A host could not be reached, or its answer was not understood. A retry may help. */
export class HostUnavailable extends DirectoryUnavailable {
  override readonly name = 'HostUnavailable'
  /**
   * False if the host is certainly not working on the request: it never arrived, or was answered.
   */
  readonly leavesOpen: boolean

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly leavesOpen?: boolean
      readonly retryAfterSeconds?: number
    } = {},
  ) {
    super(message, options)
    this.leavesOpen = options.leavesOpen ?? true
  }
}

/** An answer of a host, successful or not. */
export interface HostAnswer {
  readonly status: number
  /** The name of the error, if the answer is one. */
  readonly error: string | undefined
  readonly message: string
  readonly body: Readonly<Record<string, unknown>>
  /** `Retry-After` of the host. */
  readonly retryAfterSeconds: number | undefined
}

/** The state of a repository at a host. */
export type RepositoryState =
  | 'there'
  | 'absent'
  /** The host has the account but has lost its repository. */
  | 'broken'

/** An account to create at a host. */
export interface NewRepository {
  readonly did: string
  readonly handle: string
  /** The signed operation, as JSON text. */
  readonly operation: string
}

/** A call of an operator method: a query, or a procedure if it has an input. */
export interface AdminCall {
  readonly nsid: string
  readonly params?: Readonly<Record<string, string>>
  readonly input?: object
  readonly signal?: AbortSignal
}

interface OwnedCall {
  readonly did?: string
  readonly signal?: AbortSignal
}

/**
 * Calls methods of hosts. All but `create` throw {@link HostUnavailable} for an unexpected answer.
 */
export interface HostClient {
  /** Returns the DID that a PDS claims. */
  describe(url: string, signal?: AbortSignal): Promise<string>
  /** True if the PDS is configured for an entryway, and so creates no accounts by itself. */
  hasEntryway(url: string): Promise<boolean>
  acceptsPassword(url: string, adminPassword: string): Promise<boolean>
  /**
   * Reserves a signing key and returns it as `did:key`. Repeated calls for a DID return the same
   * key until it is used.
   */
  reserveKey(host: Host, of?: OwnedCall): Promise<string>
  /** True if the host has an account with the handle, other than that of `of.did`. */
  isTaken(host: Host, handle: string, of?: OwnedCall): Promise<boolean>
  findRepository(host: Host, did: string, signal: AbortSignal): Promise<RepositoryState>
  create(host: Host, repository: NewRepository, signal: AbortSignal): Promise<HostAnswer>
  /** Calls an operator method of a host, and returns any answer. */
  administer(host: Host, call: AdminCall): Promise<HostAnswer>
  /** Removes everything the host has of an account. Idempotent. */
  remove(host: Host, did: string, signal: AbortSignal): Promise<void>
}

export interface HostClientOptions {
  /** @throws if there is no such host. */
  readonly passwordOf: (did: string) => Promise<string>
  readonly fetch?: typeof globalThis.fetch
  /** Timeout of a call, in milliseconds; 5 seconds by default. */
  readonly timeoutMs?: number
}

const MAX_BODY_BYTES = 1_000_000
/** Codes of failures before any byte was sent. */
const NOT_SENT = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

interface Call {
  readonly nsid: string
  readonly params?: Readonly<Record<string, string>>
  /** JSON text of the body; makes the call a POST. */
  readonly input?: string
  readonly adminPassword?: string
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
}

export function createHostClient({
  passwordOf,
  fetch: send = globalThis.fetch,
  timeoutMs: usualTimeoutMs = 5_000,
}: HostClientOptions): HostClient {
  async function call(url: string, request: Call): Promise<HostAnswer> {
    const { nsid, params = {}, input, adminPassword, timeoutMs = usualTimeoutMs } = request
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const response = await send(`${url}/xrpc/${nsid}?${new URLSearchParams(params)}`, {
        method: input === undefined ? 'GET' : 'POST',
        headers: {
          ...(input !== undefined && { 'content-type': 'application/json' }),
          ...(adminPassword !== undefined && { authorization: basic(adminPassword) }),
        },
        ...(input !== undefined && { body: input }),
        // A redirect would turn a POST into a GET.
        redirect: 'error',
        signal: AbortSignal.any([timeout, ...(request.signal ? [request.signal] : [])]),
      })
      return await readAnswer(response)
    } catch (cause) {
      if (cause instanceof HostUnavailable) throw cause
      const leavesOpen = !NOT_SENT.includes(codeOf(cause))
      const isLate = timeout.aborted || request.signal?.aborted
      const reason = isLate ? 'gave no answer in time' : 'cannot be reached'
      throw new HostUnavailable(`${url} ${reason}`, { cause, leavesOpen })
    }
  }

  /** @throws {HostUnavailable} for any answer but 200. */
  async function ask(url: string, request: Call): Promise<HostAnswer['body']> {
    const answer = await call(url, request)
    if (answer.status === 200) return answer.body
    throw unexpected(url, request.nsid, answer)
  }

  return {
    describe: async (url, signal) => {
      const { did } = await ask(url, { nsid: 'com.atproto.server.describeServer', signal })
      if (typeof did === 'string') return did
      throw new HostUnavailable(`${url} does not state its DID`)
    },

    hasEntryway: async (url) => {
      // An incomplete request creates no account at any PDS: one with an entryway requires a DID, one without
      // requires an email address.
      const { message } = await call(url, {
        nsid: 'com.atproto.server.createAccount',
        input: JSON.stringify({ handle: 'nobody.test' }),
      })
      return message.includes('entryway')
    },

    acceptsPassword: async (url, adminPassword) => {
      const nsid = 'com.atproto.admin.getAccountInfos'
      const params = { dids: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }
      const answer = await call(url, { nsid, params, adminPassword })
      if (answer.status === 200) return true
      if (answer.status === 401 || answer.status === 403) return false
      throw unexpected(url, nsid, answer)
    },

    reserveKey: async ({ url }, { did, signal } = {}) => {
      const { signingKey } = await ask(url, {
        nsid: 'com.atproto.server.reserveSigningKey',
        input: JSON.stringify({ did }),
        signal,
      })
      if (typeof signingKey === 'string') return signingKey
      throw new HostUnavailable(`${url} did not reserve a signing key`)
    },

    isTaken: async ({ url }, handle, { did, signal } = {}) => {
      const nsid = 'com.atproto.repo.describeRepo'
      const answer = await call(url, { nsid, params: { repo: handle }, signal })
      if (answer.status === 200) return answer.body.did !== did
      if (answer.error === 'RepoNotFound') return false
      if (answer.error === 'RepoTakendown' || answer.error === 'RepoDeactivated') return true
      throw unexpected(url, nsid, answer)
    },

    findRepository: async ({ url }, did, signal) => {
      const nsid = 'com.atproto.sync.getRepoStatus'
      const answer = await call(url, { nsid, params: { did }, signal })
      if (answer.status === 200) return 'there'
      if (answer.error === 'RepoNotFound') return 'absent'
      if (answer.error === 'NotFound') return 'broken'
      throw unexpected(url, nsid, answer)
    },

    create: ({ url }, { did, handle, operation }, signal) =>
      call(url, {
        nsid: 'com.atproto.server.createAccount',
        input: JSON.stringify({ did, handle, plcOp: JSON.parse(operation) }),
        signal,
        // Longer, as the PDS calls the directory meanwhile; the signal sets the actual limit.
        timeoutMs: 60_000,
      }),

    administer: async ({ url, did }, { input, ...request }) =>
      await call(url, {
        ...request,
        ...(input && { input: JSON.stringify(input) }),
        adminPassword: await passwordOf(did),
      }),

    remove: async ({ url, did: host }, did, signal) => {
      await ask(url, {
        nsid: 'com.atproto.admin.deleteAccount',
        input: JSON.stringify({ did }),
        adminPassword: await passwordOf(host),
        signal,
      })
    },
  }
}

function basic(adminPassword: string): string {
  return `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`
}

/** The error for an answer that is not understood or does not help. */
export function unexpected(url: string, nsid: string, answer: HostAnswer): HostUnavailable {
  const { status, error = 'without a name', message, retryAfterSeconds } = answer
  return new HostUnavailable(
    `${url} answered ${nsid} with ${status} ${error}: ${message}`.slice(0, 400),
    { leavesOpen: false, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) },
  )
}

/** @throws {HostUnavailable} if the text is longer than any answer. */
export async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new HostUnavailable(`${response.url} sent too large an answer`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** For an answer that is not a JSON object, the error name is undefined and the body empty. */
export async function readAnswer(response: Response): Promise<HostAnswer> {
  const body = parseObject(await readText(response))
  const { error, message } = body
  return {
    status: response.status,
    error: typeof error === 'string' ? error : undefined,
    message: typeof message === 'string' ? message : '',
    body,
    retryAfterSeconds: Number(response.headers.get('retry-after')) || undefined,
  }
}

function parseObject(text: string): HostAnswer['body'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Finds the code of a failed connection among the causes of an error. */
function codeOf(error: unknown): string {
  let at: unknown = error
  while (typeof at === 'object' && at !== null) {
    if ('code' in at) return String(at.code)
    at = 'cause' in at ? at.cause : undefined
  }
  return ''
}
