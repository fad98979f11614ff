import { CallError, INVALID_ANSWER, NO_ANSWER } from './call-error.ts'
import { textOfJson } from './codecs.ts'
import type { Method } from './method.ts'

/** An error consists of two short strings. */
const MAX_ERROR_BYTES = 2 ** 16
const TYPE = 'content-type'

/** Builds the query string as `@atproto/xrpc` does: an array becomes one parameter per item. */
export function queryOf(params: unknown): string {
  const written = new URLSearchParams()
  for (const [name, value] of Object.entries(params ?? {})) {
    for (const one of [value].flat()) if (one !== undefined) written.append(name, String(one))
  }
  const text = written.toString()
  return text && `?${text}`
}

/** The body of a request; its media type goes into the headers. */
export function bodyOf(
  { input, encoding }: Method,
  data: unknown,
  { headers, chosen }: { readonly headers: Headers; readonly chosen: string | undefined },
): object {
  if (!input || data === undefined) return {}
  const body = input.encode(data)
  const type = chosen ?? headers.get(TYPE) ?? encoding ?? input.type
  if (body instanceof FormData) headers.delete(TYPE)
  else if (type) headers.set(TYPE, type)
  // The platform sets the type for a string and for a Blob that has one.
  else if (typeof body !== 'string' && !(body as Blob).type) {
    headers.set(TYPE, 'application/octet-stream')
  }
  // `fetch` requires it for a stream.
  return { body, duplex: 'half' }
}

/**
 * Reads the body of a successful answer.
 *
 * @throws CallError if the body does not match, is too large, or breaks off
 */
export async function outputOf(
  { nsid, output }: Method,
  response: Response,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal | undefined },
): Promise<unknown> {
  if (!output) return void (await response.body?.cancel())
  const { headers } = response
  const body = await readBody(response, limit).catch((cause) => throwUnanswered(cause, signal))
  try {
    if (!body) throw new TypeError(`It is larger than ${limit} bytes ("maxBytes")`)
    return output.decode(body, headers.get(TYPE) ?? '')
  } catch (cause) {
    const message = `The answer does not fit ${nsid}: ${(cause as Error).message}`
    throw new CallError({ status: INVALID_ANSWER, message, headers, cause })
  }
}

/** The error in an answer, as the class that the method declares for it. */
export async function errorOf({ nsid, errors }: Method, response: Response): Promise<CallError> {
  const { status, headers } = response
  let said: { readonly error?: unknown; readonly message?: unknown } | null = null
  try {
    const body = await readBody(response, MAX_ERROR_BYTES)
    said = JSON.parse(textOfJson(body ?? new Uint8Array(), headers.get(TYPE) ?? ''))
  } catch {
    // Not JSON, such as a proxy's error page. The status has to suffice.
  }
  const [error, message] = [said?.error, said?.message].map((text) =>
    typeof text === 'string' && text ? text : undefined,
  )
  const Declared = errors?.find(({ declared }) => declared === `${nsid}#${error}`) ?? CallError
  return new Declared({ status, error: error as never, message, headers })
}

/** @throws the reason of a signal that aborted the call, otherwise a {@link CallError} around the cause */
export function throwUnanswered(cause: unknown, signal: AbortSignal | undefined): never {
  signal?.throwIfAborted()
  if (cause instanceof CallError) throw cause
  const message = cause instanceof Error ? cause.message : String(cause)
  throw new CallError({ status: NO_ANSWER, message, cause })
}

/** Reads at most `limit` bytes; returns `undefined` and stops reading if there are more. */
async function readBody(response: Response, limit: number): Promise<Uint8Array | undefined> {
  const reader = response.body?.getReader()
  // An empty body has no stream, and in React Native no body does.
  if (!reader) return new Uint8Array(await response.arrayBuffer())
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.length
    if (length > limit) {
      await reader.cancel()
      return undefined
    }
    chunks.push(value)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
