import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type LexValue, lexToJson } from '@atproto/lexicon'
import {
  type HandlerSuccess,
  isHandlerPipeThroughBuffer,
  isHandlerPipeThroughStream,
  isHandlerSuccess,
  type Output,
  XRPCError,
} from '@atproto/xrpc-server'
import { hasOwnJsonForm } from '../adapter/express-internals.ts'
import type { Response } from '../adapter/xrpc-adapter.ts'
import { isPlainJson } from './lex-json.ts'

/** Checks a handler's output; throws if its method does not allow it. */
export type OutputCheck = (output: Output) => void

interface WriteOptions {
  readonly check: OutputCheck | null
  readonly etag: boolean
}

/**
 * Writes a handler's output as the stock server does.
 *
 * @returns a promise for a stream
 * @throws what the check throws, an error that the handler returned, and an error of a stream
 */
export function writeOutput(
  res: Response,
  output: Output,
  { check, etag }: WriteOptions,
): Promise<void> | undefined {
  if (isPlainSuccess(output)) {
    check?.(output)
    res.statusCode = 200
    writeJsonBody(res, output.body, etag)
  } else if (!output) {
    check?.(output)
    res.statusCode = 200
    res.end()
  } else if (isHandlerPipeThroughStream(output)) {
    startResponse(res, output)
    res.header('Content-Type', output.encoding)
    return pipeline(output.stream, res)
  } else if (isHandlerPipeThroughBuffer(output)) {
    startResponse(res, output)
    res.header('Content-Type', output.encoding)
    res.end(output.buffer)
  } else if (isHandlerSuccess(output)) {
    check?.(output)
    startResponse(res, output)
    return writeBody(res, output, etag)
  } else {
    throw XRPCError.fromError(output)
  }
  return undefined
}

function startResponse(
  res: Response,
  { headers }: { headers?: Record<string, string> | undefined },
): void {
  res.statusCode = 200
  if (!headers) return
  for (const [name, value] of Object.entries(headers)) {
    if (value != null) res.setHeader(name, value)
  }
}

/** A successful JSON answer without other properties. */
export interface PlainSuccess {
  readonly encoding: 'application/json'
  readonly body: unknown
}

export function isPlainSuccess(output: Output): output is Output & PlainSuccess {
  if (typeof output !== 'object' || output === null) return false
  if (Object.getPrototypeOf(output) !== Object.prototype) return false
  const { encoding, body, headers, status, stream, buffer } = output as Record<string, unknown>
  return (
    encoding === 'application/json' &&
    body !== undefined &&
    !(body instanceof Readable) &&
    headers === undefined &&
    status === undefined &&
    stream === undefined &&
    buffer === undefined
  )
}

function writeBody(
  res: Response,
  output: HandlerSuccess,
  etag: boolean,
): Promise<void> | undefined {
  const { body } = output
  const encoding = output.encoding === 'json' ? 'application/json' : output.encoding
  if (body instanceof Readable) {
    res.header('Content-Type', encoding)
    return pipeline(body, res)
  }
  if (encoding === 'application/json') {
    writeJsonBody(res, body, etag)
  } else {
    res.header('Content-Type', encoding)
    res.send(body instanceof Uint8Array && !Buffer.isBuffer(body) ? Buffer.from(body) : body)
  }
  return undefined
}

function writeJsonBody(res: Response, body: unknown, etag: boolean): void {
  try {
    writeJson(res, isPlainJson(body) ? body : lexToJson(body as LexValue), etag)
  } catch (error) {
    // The error answer is JSON, whatever type the handler has set.
    if (!res.headersSent) res.header('Content-Type', JSON_TYPE)
    throw error
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'

/**
 * No ETag unless the option is on, since it costs a hash of each answer. Conditional requests are left to
 * Express.
 */
function writeJson(res: Response, json: unknown, etag: boolean): void {
  const text = etag || hasOwnJsonForm(res.app) ? undefined : JSON.stringify(json)
  if (text === undefined) {
    res.header('Content-Type', JSON_TYPE)
    res.json(json)
    return
  }
  const length = Buffer.byteLength(text)
  if (res.getHeaderNames().length > 0) {
    res.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': length })
    if (isEndedAsText(res, text)) return void res.end(text)
  } else {
    // A list is cheaper for Node to write, but would reorder headers that a handler has set.
    res.writeHead(200, ['Content-Type', JSON_TYPE, 'Content-Length', `${length}`])
  }
  // Node writes the headers in the encoding of the string that follows, and headers are Latin-1.
  if (length === text.length) res.end(text, 'latin1')
  else res.end(Buffer.from(text))
}

/** True if Express would write the answer as a string: the headers then use that string's encoding. */
function isEndedAsText(res: Response, text: string): boolean {
  return text.length < 1000 && (Boolean(res.get('ETag')) || !res.app.get('etag fn'))
}
