import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import {
  type IdentityProvider,
  type LoggedOperation,
  PublicationRefused,
  type SignedGenesis,
} from './identity.ts'

export interface PlcIdentityOptions {
  /** The directory, for example `https://plc.directory`. */
  readonly url: string
  /** How long one request may take, in milliseconds; 3 s by default. */
  readonly requestTimeoutMs?: number
  /** How often an operation is sent before the outcome counts as unknown; 3 by default. */
  readonly attempts?: number
  /** The pause before the second attempt, in milliseconds; doubles with each. 250 by default. */
  readonly retryPauseMs?: number
  readonly fetch?: typeof fetch
}

/** The directory could not be asked, or its answer means nothing. Trying again may help. */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable'
  /** How long the directory asks to be left alone; undefined when it does not say. */
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
/** No directory may silence this process for longer, in seconds. */
const MAX_RETRY_AFTER = 60 * 60

/**
 * Publishes in a PLC directory.
 *
 * The directory answers an operation it already has like a wrong one, and an answer can be lost on
 * its way. So whatever was not accepted in so many words is looked up: only the operation log tells
 * whether the DID is published, and a refusal only counts when the log has nothing of it. A directory that answers with
 * `Retry-After` is asked nothing until then.
 *
 * https://web.plc.directory/api/redoc
 *
 * @throws {RangeError} when the URL is none.
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
          if (isToldToWait(cause)) throw cause
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

function isToldToWait(cause: unknown): boolean {
  return cause instanceof DirectoryUnavailable && cause.retryAfterSeconds !== undefined
}

/** True if the log has the operation, as far as the log can be read. */
async function isPublished(
  directory: Directory,
  genesis: SignedGenesis,
  signal: AbortSignal,
): Promise<boolean> {
  const registration = await directory.lookUp(genesis, signal).catch((cause: unknown) => {
    if (cause instanceof DirectoryUnavailable && !isToldToWait(cause)) return 'none'
    throw cause
  })
  if (registration === 'other') throw new PublicationRefused('the DID has another operation log')
  return registration === 'ours'
}

interface Directory {
  /**
   * Sends an operation. Undefined when it was accepted, or why it was refused.
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
    throw new RangeError('the URL of a PLC directory begins with http:// or https://')
  }
  const prefix = base.href.replace(/\/+$/, '')
  /** Nothing is asked before, in the time of `performance.now()`. */
  let quietUntil = 0

  /** @throws {DirectoryUnavailable} while the directory wants to be left alone. */
  function respectSilence(reason: string): void {
    const seconds = Math.ceil((quietUntil - performance.now()) / 1000)
    if (seconds <= 0) return
    throw new DirectoryUnavailable(`PLC directory: ${reason}`, { retryAfterSeconds: seconds })
  }

  async function call(
    path: string,
    signal: AbortSignal,
    init: RequestInit = {},
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    respectSilence('asked to be left alone')
    const timeout = AbortSignal.timeout(requestTimeoutMs)
    try {
      const response = await send(`${prefix}/${path}`, {
        ...init,
        // A redirected POST becomes a GET.
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      })
      const { status, headers } = response
      const body = await readJson(response)
      if (status === 429 || status === 503) {
        quietUntil = performance.now() + retryAfter(headers) * 1000
        respectSilence(`answered ${status} with Retry-After`)
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
      // Only this is a verdict on the operation. The rest is about the request or the directory.
      if (status === 400 && message !== undefined) return message
      throw new DirectoryUnavailable(`PLC directory: answered ${status}`)
    },

    lookUp: async ({ did, operation }, signal) => {
      const { status, body } = await call(`${encodeURIComponent(did)}/log`, signal)
      if (status === 404 && messageOf(body) !== undefined) return 'none'
      if (status !== 200 || !Array.isArray(body)) {
        throw new DirectoryUnavailable(`PLC directory: answered ${status} for a log`)
      }
      // Its later operations are its owner's business, except the one that ends it.
      const [first] = body
      const isOver = isRecord(body.at(-1)) && body.at(-1).type === 'plc_tombstone'
      return isDeepStrictEqual(first, JSON.parse(operation)) && !isOver ? 'ours' : 'other'
    },

    // The other log leaves out what was undone.
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

/** Seconds, or a date (RFC 9110 §10.2.3); 0 when neither is given. */
function retryAfter(headers: Headers): number {
  const text = headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000
  return Number.isNaN(seconds) ? 0 : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER)
}

/** JSON of a bounded size; undefined for what is none. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new DirectoryUnavailable('PLC directory: endless answer')
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
