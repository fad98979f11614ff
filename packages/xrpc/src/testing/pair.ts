import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type LexiconDoc, Lexicons } from '@atproto/lexicon'
import { MemoryRateLimiter, type Options, Server as XrpcServer } from '@atproto/xrpc-server'
import finalhandler from 'finalhandler'
import { CompiledLexicons, type CompiledValidators } from '../codegenv1/compiled-lexicons.ts'
import type { ListenOptions } from '../http/listen.ts'
import type { AnyMethod } from '../server/adapter/xrpc-adapter.ts'
import { XrpcService } from '../server/xrpc-service.ts'
import { documents } from './documents.ts'
import { handlers } from './handlers.ts'

// Express warns about deprecated arguments; a listener receives the warning instead.
process.on('deprecation', () => {})

/** The same methods on a stock server and on the fast lane, both listening. */
export interface Pair {
  readonly stock: number
  readonly lane: number
  close(): Promise<void>
}

export interface PairOptions {
  readonly documents?: readonly LexiconDoc[]
  /** Validators for the lane; by default no document has a generated one. */
  readonly registry?: (documents: readonly LexiconDoc[]) => CompiledLexicons
  readonly handlers?: () => ReadonlyMap<string, AnyMethod>
  /** Made separately for each server: limiters have state. */
  readonly options?: () => Options
  /** Applied to both servers after their methods are registered. */
  readonly arrange?: (xrpc: XrpcServer) => void
  readonly listen?: ListenOptions
}

export async function openPair(settings: PairOptions = {}): Promise<Pair> {
  const docs = settings.documents ?? documents
  const methods = settings.handlers ?? handlers
  const options = settings.options ?? rateLimited

  const stock = new XrpcServer(structuredClone([...docs]), options())
  for (const [nsid, config] of methods()) stock.method(nsid, config)
  settings.arrange?.(stock)
  const serve = stock.router as unknown as (...call: unknown[]) => void
  // As in production, but without logs: otherwise its error pages show the stack.
  const stockHttp = createServer((req, res) =>
    serve(req, res, finalhandler(req, res, { env: 'production' })),
  )
  await new Promise<void>((resolve) => stockHttp.listen(0, resolve))

  const service = new XrpcService((settings.registry ?? interpreted)(docs), options())
  for (const [nsid, config] of methods()) service.method(nsid, config)
  settings.arrange?.(service.xrpc)
  const lane = await service.listen(settings.listen)

  return {
    stock: (stockHttp.address() as AddressInfo).port,
    lane: lane.port,
    close: async () => {
      stockHttp.closeAllConnections()
      await Promise.all([new Promise((resolve) => stockHttp.close(resolve)), lane.close(0)])
    },
  }
}

/** A service over documents without generated validators: everything is interpreted. */
export function serviceOf(docs: readonly LexiconDoc[], options?: Options): XrpcService {
  return new XrpcService(interpreted(docs), options)
}

function interpreted(docs: readonly LexiconDoc[]): CompiledLexicons {
  // Loading rewrites documents in place.
  const copies = structuredClone([...docs])
  new Lexicons(structuredClone(copies))
  return new CompiledLexicons(copies, NO_VALIDATORS)
}

const NO_VALIDATORS: CompiledValidators = {
  params: () => [],
  input: () => [],
  output: () => [],
  message: () => [],
  records: () => [],
  definitions: () => [],
}

/** The options of the servers: every kind of limiter, with room for all cases but those about limits. */
export function rateLimited(): Options {
  return {
    rateLimits: {
      creator: (options) => new MemoryRateLimiter(options),
      shared: [{ name: 'shared', durationMs: 60_000, points: 7 }],
      bypass: ({ req }) => req.headers['x-bypass'] === 'yes',
    },
  }
}
