import { Readable } from 'node:stream'
import {
  jsonToLex,
  type Lexicons,
  type LexXrpcProcedure,
  type LexXrpcQuery,
} from '@atproto/lexicon'
import { type Input, InvalidRequestError, XRPCError } from '@atproto/xrpc-server'
import type { CallSteps, Request, Response } from '../adapter/xrpc-adapter.ts'
import { textMayHoldLexValues } from './lex-json.ts'

export interface InputReaderOptions {
  readonly nsid: string
  readonly definition: LexXrpcProcedure | LexXrpcQuery
  readonly lexicons: Lexicons
  /** Maximum bytes of a JSON body. */
  readonly jsonLimit: number
  /** Reads every other body, and words every refusal. */
  readonly stock: CallSteps['readInput']
}

/** Reads and validates the body of a call; undefined for a method that takes none. */
export type InputReader = (req: Request, res: Response) => Promise<Input> | undefined

/** A validated JSON body. */
interface JsonInput {
  readonly encoding: 'application/json'
  readonly body: unknown
}

/** Reads a JSON body that has a known length within the limit and is UTF-8. The stock server reads all others. */
export function inputReader(options: InputReaderOptions): InputReader {
  const { definition, jsonLimit, stock } = options
  const input = definition.type === 'procedure' ? definition.input : undefined
  if (!input) {
    return (req, res) => (announcesBody(req) ? stock(req, res) : undefined)
  }

  const encodings = input.encoding.split(',').map((encoding) => encoding.trim())
  const takesJson =
    input.encoding !== '*/*' &&
    (encodings.includes('application/json') || encodings.includes('*/*'))
  if (!takesJson) return stock

  const hasSchema = input.schema !== undefined
  return (req, res) => {
    const length = lengthOfPlainJson(req)
    if (length === 0 || length > jsonLimit) return stock(req, res)
    return new Promise((resolve, reject) => {
      collect(req, length, {
        bytes: (bytes) => {
          try {
            const json = readJson(bytes)
            req.body = json?.body
            resolve(json ?? readAgain(req, res, bytes))
          } catch (error) {
            reject(error)
          }
        },
        aborted: reject,
      })
    })
  }

  function readJson(bytes: Buffer): JsonInput | undefined {
    const text = bytes.toString()
    const json = parseJson(text)
    if (json === undefined) return undefined
    const body = hasSchema ? validate(textMayHoldLexValues(text) ? jsonToLex : asIs, json) : json
    return { encoding: 'application/json', body }
  }

  /** Leaves bodies that are not plain JSON to the stock server, which refuses or reads them. */
  async function readAgain(req: Request, res: Response, bytes: Buffer): Promise<Input> {
    const replay = Readable.from([bytes], { objectMode: false })
    const { method, url, headers } = req
    const again = Object.assign(replay, { method, url, headers }) as unknown as Request
    const result = await stock(again, res)
    req.body = again.body
    return result
  }

  function validate(convert: (json: unknown) => unknown, json: unknown): unknown {
    try {
      return options.lexicons.assertValidXrpcInput(options.nsid, convert(json))
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new InvalidRequestError(message, undefined, { cause })
    }
  }
}

function announcesBody({ headers }: Request): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

/** The usual spellings of the type of a body of JSON in UTF-8. */
const JSON_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
  'application/json;charset=UTF-8',
])

/** The announced length of a JSON body in bytes; 0 if its headers are anything but plain. */
function lengthOfPlainJson(req: Request): number {
  const { headers } = req
  const type = headers['content-type']
  const isPlain =
    type !== undefined &&
    JSON_TYPES.has(type) &&
    headers['transfer-encoding'] === undefined &&
    headers['content-encoding'] === undefined &&
    !req.readableDidRead
  return isPlain ? Number(headers['content-length']) || 0 : 0
}

interface Collector {
  readonly bytes: (bytes: Buffer) => void
  /** Called if the connection ends first. */
  readonly aborted: (error: XRPCError) => void
}

/** Collects a body. Node ensures that it has the announced length. */
function collect(req: Request, expected: number, { bytes, aborted }: Collector): void {
  let chunks: Buffer[] = []
  const abort = (): void => {
    if (req.readableEnded) return
    chunks = []
    const cause = Object.assign(new Error('request aborted'), { code: 'ECONNABORTED', expected })
    aborted(new XRPCError(400, 'request aborted', 'BadRequestError', { cause }))
  }
  if (req.destroyed) {
    // The client left during authentication.
    abort()
    return
  }
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const [first] = chunks
    bytes(chunks.length === 1 && first ? first : Buffer.concat(chunks))
  })
  req.on('close', abort)
}

/** Parses an object or array; undefined for other JSON, which the stock server judges, and for malformed text. */
function parseJson(text: string): unknown {
  if (text[0] !== '{' && text[0] !== '[') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function asIs(json: unknown): unknown {
  return json
}
