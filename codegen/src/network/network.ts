import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isNativeError } from 'node:util/types'
import { MAX_BYTES } from '../parse/read-text.ts'

/** Servers for looking up names and records; default the public network. */
export interface NetworkOptions {
  /** A did:plc directory of your own. Servers may then use plain HTTP. */
  readonly plc?: string
  /** The name server to use, such as `127.0.0.1:5353`. */
  readonly dns?: string
  /** Milliseconds that an answer may take in total; default 20,000. */
  readonly timeoutMs?: number
}

/** Options in the form that the reference's resolver and installer accept. */
export interface Network {
  readonly plcDirectoryUrl: string
  readonly fetch: typeof fetch
}

const TIMEOUT_MS = 20_000
const PLC = 'https://plc.directory'

/** Sets name servers for the whole process, which runs a single command. */
export function openNetwork({ plc, dns: server, timeoutMs }: NetworkOptions = {}): Network {
  if (server !== undefined) {
    dns.setServers([server])
    // Updates the named imports of `node:dns`, so that all modules use this server.
    syncBuiltinESMExports()
  }
  const limits = { timeoutMs: timeoutMs ?? TIMEOUT_MS, isPlainAllowed: plc !== undefined }
  return {
    plcDirectoryUrl: plc ?? PLC,
    fetch: (input, init) => boundedFetch(new Request(input, init), limits),
  }
}

/**
 * Fetches from an untrusted server named in a DID document: over TLS, without redirects, with limits on size and time.
 */
async function boundedFetch(
  request: Request,
  { timeoutMs, isPlainAllowed }: { readonly timeoutMs: number; readonly isPlainAllowed: boolean },
): Promise<Response> {
  const { protocol, origin } = new URL(request.url)
  if (protocol !== 'https:' && !(isPlainAllowed && protocol === 'http:')) {
    throw new Error(`${origin} is not an HTTPS address`)
  }
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(request, {
      redirect: 'error',
      signal: AbortSignal.any([request.signal, timeout]),
    })
    const body = await bytesOf(response, origin)
    const { status, statusText, headers } = response
    const isEmpty = status === 204 || status === 205 || status === 304
    return new Response(isEmpty ? null : body, { status, statusText, headers })
  } catch (error) {
    if (!timeout.aborted) throw error
    throw new Error(`${origin} did not answer within ${timeoutMs / 1000} seconds`, { cause: error })
  }
}

async function bytesOf({ body }: Response, origin: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > MAX_BYTES) {
      throw new Error(`${origin} answered with more than ${MAX_BYTES / 1024 / 1024} MiB`)
    }
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

/** The JSON object in an answer; empty if it is anything else. */
export async function jsonOf(response: Response): Promise<{ readonly [key: string]: unknown }> {
  try {
    const answer: unknown = JSON.parse(await response.text())
    return typeof answer === 'object' && answer !== null ? { ...answer } : {}
  } catch {
    return {}
  }
}

/** The messages of an error and its causes: libraries say where they failed, and only the cause says why. */
export function explain(error: unknown): string {
  const messages: string[] = []
  for (const { message } of causesOf(error)) {
    if (message === '' || messages.some((one) => one.includes(message))) continue
    messages.push(message.replace(/\.$/, ''))
  }
  return messages.length > 0 ? messages.join(': ') : String(error)
}

/** An error and its causes, outermost first. */
export function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let at = error; isNativeError(at) && causes.length < MAX_CAUSES; at = at.cause)
    causes.push(at)
  return causes
}

/** An error may be its own cause. */
const MAX_CAUSES = 8
