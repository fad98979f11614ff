import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { build, type Metafile } from 'esbuild'

const expected = join(import.meta.dirname, '..', 'testdata', 'accept', 'feed', 'expected')

async function bundle(source: string): Promise<{ readonly text: string; readonly meta: Metafile }> {
  const result = await build({
    stdin: { contents: source, resolveDir: expected, loader: 'ts' },
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
  it('builds the whole client without anything of Node', async () => {
    const { meta } = await bundle(
      `import { AtpBaseClient } from './client.ts'; console.log(new AtpBaseClient(''))`,
    )
    const inputs = Object.keys(meta.inputs)
    expect(inputs.some((input) => input.startsWith('node:'))).toBe(false)
    expect(inputs.some((input) => input.includes('xrpc-server'))).toBe(false)
  })

  it('takes in one method and its validator when one method is called', async () => {
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
