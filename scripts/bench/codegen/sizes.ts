import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publish, table } from '../figures.ts'
import { measure } from './measure.ts'
import { type Folders, installed, lexwright, PEERS, type Program } from './programs.ts'

/** A query in plain JSON with a parameter and a declared error. */
export const CALLED = 'com.atproto.identity.resolveHandle'
const MODULE = CALLED.replaceAll('.', '/')

interface Client {
  readonly name: string
  readonly program: Program
  /** The page with the call, relative to the folder of the program's output. */
  readonly source: string
}

function clients(cli: string): Client[] {
  const [atcute, lex] = PEERS as readonly [Program, Program, Program]
  const ours: Program = {
    ...lexwright(cli),
    name: 'calls',
    arguments: (folders) => [...lexwright(cli).arguments(folders), '--calls'],
  }
  const api: Program = {
    name: '`@atproto/lex-cli gen-api`',
    arguments: ({ lexicons, out }) => [
      installed('@atproto', 'lex-cli', 'bin.js'),
      'gen-api',
      '--yes',
      out,
      lexicons,
    ],
    answer: 'y\n',
  }
  const small = `
    import { Client } from '@lexwright/xrpc/clientv1'
    import { resolveHandle } from './calls/${MODULE}.ts'
    const client = new Client(location.origin)`
  const atcuteClient = `
    import { Client, simpleFetchHandler } from '@atcute/client'
    const client = new Client({ handler: simpleFetchHandler({ service: location.origin }) })`
  const params = `{ handle: 'example.com' }`
  return [
    {
      name: '`lexwright`, a module of `calls/`',
      program: ours,
      source: `${small}; globalThis.answer = client.call(resolveHandle, ${params})`,
    },
    {
      name: 'the same, its answer checked',
      program: ours,
      source: `${small}
        import { checked } from '@lexwright/xrpc/clientv1'
        import { ComAtprotoIdentityResolveHandle$output } from './validators.ts'
        const method = checked(resolveHandle, ComAtprotoIdentityResolveHandle$output)
        globalThis.answer = client.call(method, ${params})`,
    },
    {
      name: '`lexwright`, `call` of a module of `types/`',
      program: ours,
      source: `
        import { XrpcClient } from '@atproto/xrpc'
        import { call } from './types/${MODULE}.ts'
        globalThis.answer = call(new XrpcClient(location.origin, []), ${params})`,
    },
    {
      name: '`@atcute/lex-cli` and `@atcute/client`, types alone',
      program: atcute,
      source: `${atcuteClient}; globalThis.answer = client.get('${CALLED}', { params: ${params} })`,
    },
    {
      name: 'the same, by the schema',
      program: atcute,
      source: `${atcuteClient}
        import { mainSchema } from './types/${MODULE}.ts'
        globalThis.answer = client.call(mainSchema, { params: ${params} })`,
    },
    {
      name: '`@atproto/lex`, `xrpc`',
      program: lex,
      source: `
        import { xrpc } from '@atproto/lex'
        import { main } from './${MODULE}.defs.ts'
        globalThis.answer = xrpc(location.origin, main, { params: ${params} })`,
    },
    {
      name: '`@atproto/lex-cli gen-api`',
      program: api,
      source: `
        import { AtpBaseClient } from './index.ts'
        const { com } = new AtpBaseClient(location.origin)
        globalThis.answer = com.atproto.identity.resolveHandle(${params})`,
    },
  ]
}

/** Publishes the size of a page with one call, by generator, each given the same document. */
export async function reportSizes(cli: string, folders: (name: string) => Folders): Promise<void> {
  const rows: string[][] = []
  const written = new Map<Program, string>()
  for (const { name, program, source } of clients(cli)) {
    let out = written.get(program)
    if (out === undefined) {
      const own = folders(`size-${written.size}`)
      await measure(program, own)
      out = own.out
      written.set(program, out)
    }
    const text = await bundled(source, out)
    const sizes = [text.length, gzipSync(text, { level: 9 }).length]
    rows.push([name, ...sizes.map((size) => `${(size / 1_000).toFixed(1)} kB`)])
  }
  await publish('size-of-a-call', table(['Generator and client', 'Minified', 'gzip'], rows))
}

async function bundled(contents: string, resolveDir: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@lexwright/source'],
    nodePaths: [join(import.meta.dirname, '..', 'node_modules')],
    logLevel: 'error',
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}
