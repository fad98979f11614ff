import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { documents, generatedModule } from './peers.ts'

/** Prints the bundle size of generated validators: all of them, and those of a single record. */
export async function reportSize(): Promise<void> {
  const { path } = await generatedModule()
  const all = await bundled(`export * from ${JSON.stringify(path)}`)
  const one = await bundled(`export { AppBskyFeedPost$main } from ${JSON.stringify(path)}`)
  const input = JSON.stringify(documents)
  console.log('\nSize of the generated functions, minified, without the runtime they share.\n')
  console.log('| | functions | bytes | gzip | brotli |')
  console.log('|---|---:|---:|---:|---:|')
  row(`all ${documents.length} documents`, all, 1)
  row('per document', all, documents.length)
  row('app.bsky.feed.post and what it refers to', one, 1)
  row('the documents themselves, as JSON', input, 1)
}

function row(name: string, text: string, divisor: number): void {
  const bytes = Buffer.from(text)
  const sizes = [
    bytes.length,
    gzipSync(bytes, { level: 9 }).length,
    brotliCompressSync(bytes).length,
  ]
  const functions = divisor === 1 ? (text.match(/function /g)?.length ?? '') : ''
  const cells = sizes.map((size) => Math.round(size / divisor).toLocaleString('en'))
  console.log(`| ${name} | ${functions} | ${cells.join(' | ')} |`)
}

async function bundled(contents: string): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    external: ['@lexwright/*', '@atproto/*'],
  })
  return result.outputFiles[0]?.text ?? ''
}
