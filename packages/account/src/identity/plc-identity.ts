import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import {
  type IdentityProvider,
  type LoggedOperation,
  PublicationRefused,
  type SignedGenesis,
} from './identity.ts'

export interface PlcIdentityOptions {
  /** URL of the directory, for example `https://plc.directory`. */
  readonly url: string
  /** Timeout per request, in milliseconds; 3000 by default. */
  readonly requestTimeoutMs?: number
  /** Attempts to send an operation before the outcome counts as unknown; 3 by default. */
  readonly attempts?: number
  /**
   * Pause before the second attempt, in milliseconds, doubled for each further one; 250 by default.
   */
  readonly retryPauseMs?: number
  readonly fetch?: typeof fetch
}

/** The directory could not be reached, or its answer was not understood. A retry may help. */
export class DirectoryUnavailable extends Error {
  override readonly name: string = 'DirectoryUnavailable'
  /** `Retry-After` of the directory, in seconds; undefined without one. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    options: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    super(message, options)
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** The state of a DID in the directory's log. */
type Registration = 'ours' | 'none' | 'other'

const MAX_BODY_BYTES = 1_000_000
/** Upper bound for a directory's `Retry-After`, in seconds. */
const MAX_RETRY_AFTER = 60 * 60

/**
 * Publishes in a PLC directory.
 *
 * The directory answers an operation it already has like an invalid one, and answers can get lost.
 * So unless the directory explicitly accepts an operation, the log is read, and a refusal counts
 * only if the log does not have the operation. Sends no requests while a `Retry-After` lasts.
 *
 * https://web.plc.directory/api/redoc
 *
 * @throws {RangeError} if the URL is invalid.
 */
export function createPlcIdentity(options: PlcIdentityOptions): IdentityProvider {
  const { attempts = 3, retryPauseMs = 250 } = options
  const directory = createDirectory(options)

  return {
    publish: async (genesis, { signal }) => {
      for (let attempt = 1; ; attempt++) {
        try {
          const refusal = await directory.send(genesis, signal)
          if (refusal === undefined) return 'published'
          const registration = await directory.lookUp(genesis, signal)
          if (registration === 'ours') return 'published'
          throw new PublicationRefused(
            registration === 'none' ? refusal : 'the DID has another operation log',
          )
        } catch (cause) {
          if (cause instanceof PublicationRefused || signal.aborted) throw cause
          if (hasRetryAfter(cause)) throw cause
          if (await isPublished(directory, genesis, signal)) return 'published'
          if (attempt >= attempts) throw cause
          await pause(retryPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random()), undefined, {
            signal,
          })
        }
      }
    },
    updates: {
      readLog: (did, { signal }) => directory.readLog(did, signal),
      send: async (update, { signal }) => {
        const refusal = await directory.send(update, signal)
        if (refusal !== undefined) throw new PublicationRefused(refusal)
      },
    },
  }
}

function hasRetryAfter(cause: unknown): boolean {
  return cause instanceof DirectoryUnavailable && cause.retryAfterSeconds !== undefined
}

/** True if the log has the operation and could be read. */
async function isPublished(
  directory: Directory,
  genesis: SignedGenesis,
  signal: AbortSignal,
): Promise<boolean> {
  const registration = await directory.lookUp(genesis, signal).catch((cause: unknown) => {
    if (cause instanceof DirectoryUnavailable && !hasRetryAfter(cause)) return 'none'
    throw cause
  })
  if (registration === 'other') throw new PublicationRefused('the DID has another operation log')
  return registration === 'ours'
}

interface Directory {
  /**
   * Sends an operation. Returns the reason of a refusal; undefined if accepted.
   *
   * @throws {DirectoryUnavailable}
   */
  send(genesis: SignedGenesis, signal: AbortSignal): Promise<string | undefined>
  /** @throws {DirectoryUnavailable} */
  lookUp(genesis: SignedGenesis, signal: AbortSignal): Promise<Registration>
  /** @throws {DirectoryUnavailable} */
  readLog(did: string, signal: AbortSignal): Promise<readonly LoggedOperation[]>
}

function createDirectory(options: PlcIdentityOptions): Directory {
  const { requestTimeoutMs = 3_000, fetch: send = fetch } = options
  const base = URL.parse(options.url)
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new RangeError('the URL of a PLC directory must begin with http:// or https://')
  }
  const prefix = base.href.replace(/\/+$/, '')
  /** No requests are sent before this time of `performance.now()`. */
  let quietUntil = 0

  /** @throws {DirectoryUnavailable} until `Retry-After` has passed. */
  function refuseWhileQuiet(reason: string): void {
    const seconds = Math.ceil((quietUntil - performance.now()) / 1000)
    if (seconds <= 0) return
    throw new DirectoryUnavailable(`PLC directory: ${reason}`, { retryAfterSeconds: seconds })
  }

  async function call(
    path: string,
    signal: AbortSignal,
    init: RequestInit = {},
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    refuseWhileQuiet('not asked again before its Retry-After has passed')
    const timeout = AbortSignal.timeout(requestTimeoutMs)
    try {
      const response = await send(`${prefix}/${path}`, {
        ...init,
        // A redirect would turn a POST into a GET.
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      })
      const { status, headers } = response
      const body = await readJson(response)
      if (status === 429 || status === 503) {
        quietUntil = performance.now() + retryAfter(headers) * 1000
        refuseWhileQuiet(`answered ${status} with Retry-After`)
      }
      return { status, body }
    } catch (cause) {
      if (cause instanceof DirectoryUnavailable) throw cause
      const reason = timeout.aborted ? `no answer within ${requestTimeoutMs} ms` : 'no connection'
      throw new DirectoryUnavailable(`PLC directory: ${reason}`, { cause })
    }
  }

  return {
    send: async ({ did, operation }, signal) => {
      const { status, body } = await call(encodeURIComponent(did), signal, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: operation,
      })
      if (status >= 200 && status < 300) return undefined
      const message = messageOf(body)
      // Only this error is about the operation; others are about the request or the directory.
      if (status === 400 && message !== undefined) return message
      throw new DirectoryUnavailable(`PLC directory: answered ${status}`)
    },

    lookUp: async ({ did, operation }, signal) => {
      const { status, body } = await call(`${encodeURIComponent(did)}/log`, signal)
      if (status === 404 && messageOf(body) !== undefined) return 'none'
      if (status !== 200 || !Array.isArray(body)) {
        throw new DirectoryUnavailable(`PLC directory: answered ${status} for a log`)
      }
      // Later operations are up to the owner, except a tombstone.
      const [first] = body
      const isOver = isRecord(body.at(-1)) && body.at(-1).type === 'plc_tombstone'
      return isDeepStrictEqual(first, JSON.parse(operation)) && !isOver ? 'ours' : 'other'
    },

    // The plain log omits nullified operations.
    readLog: async (did, signal) => {
      const { status, body } = await call(`${encodeURIComponent(did)}/log/audit`, signal)
      if (status === 404 && messageOf(body) !== undefined) return []
      if (status !== 200 || !Array.isArray(body) || !body.every(isLogged)) {
        throw new DirectoryUnavailable(`PLC directory: answered ${status} for an audit log`)
      }
      return body.map(({ operation, nullified }) => ({ operation, nullified }))
    },
  }
}

/** Seconds or a date (RFC 9110 §10.2.3); 0 if absent. */
function retryAfter(headers: Headers): number {
  const text = headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000
  return Number.isNaN(seconds) ? 0 : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER)
}

/** Parses JSON of a bounded size; undefined if it is invalid. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new DirectoryUnavailable('PLC directory: answer too large')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

function messageOf(body: unknown): string | undefined {
  return isRecord(body) && typeof body.message === 'string' ? body.message : undefined
}

function isLogged(entry: unknown): entry is LoggedOperation {
  return isRecord(entry) && isRecord(entry.operation) && typeof entry.nullified === 'boolean'
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
