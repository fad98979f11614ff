import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { schemas } from '@atproto/api'
import { Lexicons, lexToJson } from '@atproto/lexicon'
import { createServer as createStockServer, type MethodHandler } from '@atproto/xrpc-server'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { XrpcService } from '@lexwright/xrpc'
import { runPipeline } from './pipeline.ts'
import { sampleValue } from './testing/sample.ts'

/**
 * Calls every method of Bluesky's documents on a generated server (its stock server and the fast lane) and on the
 * library's own: handlers must see the same call, and callers the same answer.
 */
const reference = new Lexicons(structuredClone(schemas))

interface Body {
  readonly encoding: string
  readonly schema?: Parameters<typeof sampleValue>[1]
}
interface Method {
  readonly nsid: string
  readonly type: 'query' | 'procedure'
  readonly parameters?: Parameters<typeof sampleValue>[1]
  readonly input?: Body
  readonly output?: Body
}

/** The options of a registration. */
interface Registry {
  method(nsid: string, handler: MethodHandler): void
}

const methods = [...reference].flatMap(({ id, defs }): Method[] => {
  const { main } = defs
  return main?.type === 'query' || main?.type === 'procedure'
    ? [{ nsid: id, ...(main as unknown as Omit<Method, 'nsid'>) }]
    : []
})

/** Its output refers to a record, which the library accepts in no nested place. */
const UNSERVABLE = ['com.atproto.lexicon.resolveLexicon']

const origins = { generated: '', lane: '', stock: '' }
const seen: Record<string, unknown> = {}
const running: (() => unknown)[] = []
let scratch: string

beforeAll(async () => {
  const parent = join(import.meta.dirname, '..', '.tmp')
  await mkdir(parent, { recursive: true })
  scratch = await mkdtemp(join(parent, 'serve-'))
  const documents = schemas.map((document) => ({
    path: `${document.id}.json`,
    name: document.id.replaceAll('.', '/'),
    text: JSON.stringify(document),
  }))
  const { files } = runPipeline({ documents, overlays: [] }, { importExtension: '.ts' })
  for (const file of files) {
    const path = join(scratch, file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, file.text)
  }
  const { createServer } = await import(join(scratch, 'index.ts'))
  const [generated, lane] = [createServer(), createServer()] as [XrpcService, XrpcService]
  const stock = createStockServer(structuredClone(schemas))
  const servers: Readonly<Record<string, Registry>> = { generated, lane, stock }
  for (const [name, server] of Object.entries(servers)) {
    for (const method of methods) {
      server.method(method.nsid, async ({ params, input }) => {
        const body = method.input?.schema ? input?.body : null
        seen[name] = { params, encoding: input?.encoding, body }
        return outputOf(method)
      })
    }
  }
  for (const [name, server] of Object.entries({ generated: generated.xrpc, stock })) {
    const http = server.listen(0)
    await once(http, 'listening')
    running.push(() => http.close())
    const { port } = http.address() as AddressInfo
    origins[name as keyof typeof origins] = `http://127.0.0.1:${port}`
  }
  const listening = await lane.listen()
  running.push(() => listening.close(0))
  origins.lane = `http://127.0.0.1:${listening.port}`
}, 60_000)

afterAll(async () => {
  for (const close of running) close()
  await rm(scratch, { recursive: true })
})

function outputOf({ output }: Method): { encoding: string; body: unknown } | undefined {
  if (!output) return undefined
  if (!output.schema)
    return { encoding: output.encoding.replace('*/*', 'text/plain'), body: Buffer.from('raw') }
  return { encoding: output.encoding, body: sampleValue(reference, output.schema) }
}

async function call(origin: string, method: Method, breakIt: boolean): Promise<unknown> {
  const url = new URL(`/xrpc/${method.nsid}`, origin)
  const params = method.parameters ? (sampleValue(reference, method.parameters) as object) : {}
  for (const [name, value] of Object.entries(params)) {
    for (const one of [value].flat()) url.searchParams.append(name, String(one))
  }
  const { input } = method
  const value = input?.schema ? lexToJson(sampleValue(reference, input.schema) as object) : 'raw'
  const broken =
    breakIt && typeof value === 'object'
      ? Object.fromEntries(Object.keys(value ?? {}).map((key) => [key, 1.5]))
      : value
  const response = await fetch(url, {
    method: method.type === 'query' ? 'GET' : 'POST',
    ...(input && {
      headers: { 'content-type': input.encoding.replace('*/*', 'text/plain') },
      body: input.schema ? JSON.stringify(broken) : 'raw',
    }),
  })
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: await response.text(),
  }
}

describe.each(methods.map((method) => [method.nsid, method] as const))('%s', (_, method) => {
  it('is served like the reference', async () => {
    const theirs = await call(origins.stock, method, false)
    const ours = await call(origins.generated, method, false)
    expect(ours).toEqual(theirs)
    expect(await call(origins.lane, method, false)).toEqual(theirs)
    expect(ours).toMatchObject({ status: UNSERVABLE.includes(method.nsid) ? 500 : 200 })
    expect(seen.generated).toEqual(seen.stock)
    expect(seen.lane).toEqual(seen.stock)
  })

  if (method.input?.schema) {
    it('is refused like the reference', async () => {
      const theirs = await call(origins.stock, method, true)
      expect(await call(origins.generated, method, true)).toEqual(theirs)
      expect(await call(origins.lane, method, true)).toEqual(theirs)
    })
  }
})
