import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { build, type Metafile } from 'esbuild'

const expected = join(import.meta.dirname, '..', 'testdata', 'accept', 'feed', 'expected')

const accounts = join(import.meta.dirname, '..', '..', 'generated')

async function bundle(
  source: string,
  folder = expected,
): Promise<{ readonly text: string; readonly meta: Metafile }> {
  const result = await build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['@lexwright/source'],
    logLevel: 'silent',
  })
  return { text: result.outputFiles[0]?.text ?? '', meta: result.metafile }
}

describe('a browser bundle', () => {
  it('builds the whole client without Node modules', async () => {
    const { meta } = await bundle(
      `import { AtpBaseClient } from './client.ts'; console.log(new AtpBaseClient(''))`,
    )
    const inputs = Object.keys(meta.inputs)
    expect(inputs.some((input) => input.startsWith('node:'))).toBe(false)
    expect(inputs.some((input) => input.includes('xrpc-server'))).toBe(false)
  })

  it('contains one method and its validator when one method is called', async () => {
    const { text } = await bundle(
      `import { call } from './types/com/example/feed/getFeed.ts'; globalThis.call = call`,
    )
    expect(text).toContain('com.example.feed.getFeed')
    expect(text).toContain('com.example.feed.defs#link')
    expect(text).not.toContain('com.example.feed.upload')
    expect(text).not.toContain('com.example.feed.watch')
    expect(text).not.toContain('Reads a feed.')
  })
})

describe('a bundle with a call of the small client', () => {
  const calling = (folder: string, module: string, call: string) =>
    bundle(
      `import { Client } from '@lexwright/xrpc/clientv1'
       import * as method from './calls/${module}.ts'
       const client = new Client('https://example.com')
       globalThis.answer = ${call}`,
      folder,
    )

  /** In bytes: minified, and gzipped. */
  it.each<[string, () => ReturnType<typeof bundle>, { minified: number; gzip: number }]>([
    [
      'a query in plain JSON',
      () => calling(accounts, 'com/atproto/account/get', 'client.call(method.get)'),
      { minified: 6_000, gzip: 2_500 },
    ],
    [
      'a procedure with four declared errors',
      () =>
        calling(
          accounts,
          'com/atproto/account/create',
          `client.call(method.create, {}).catch((error) => [error instanceof method.InvalidHandleError,
           error instanceof method.InvalidPasswordError, error instanceof method.InvalidInviteCodeError])`,
        ),
      { minified: 6_000, gzip: 2_500 },
    ],
    [
      'a query whose answer is checked',
      () =>
        bundle(
          `import { checked, Client } from '@lexwright/xrpc/clientv1'
           import { get } from './calls/com/atproto/account/get.ts'
           import { ComAtprotoAccountGet$output } from './validators.ts'
           const method = checked(get, ComAtprotoAccountGet$output)
           globalThis.answer = new Client('https://example.com').call(method)`,
          accounts,
        ),
      { minified: 9_500, gzip: 4_500 },
    ],
    [
      'an upload',
      () =>
        calling(expected, 'com/example/feed/upload', 'client.call(method.upload, new Blob([]))'),
      { minified: 6_000, gzip: 2_500 },
    ],
    [
      'links and blobs',
      () =>
        calling(expected, 'com/example/feed/getFeed', "client.call(method.getFeed, { feed: 'x' })"),
      { minified: 25_000, gzip: 9_000 },
    ],
  ])('%s is small', async (_, build, limit) => {
    const { text } = await build()
    const size = { minified: text.length, gzip: gzipSync(text, { level: 9 }).length }
    expect(size.minified).toBeLessThanOrEqual(limit.minified)
    expect(size.gzip).toBeLessThanOrEqual(limit.gzip)
  })
})
