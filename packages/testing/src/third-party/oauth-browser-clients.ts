import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const HERE = dirname(fileURLToPath(import.meta.url))

/**
 * Bundles a script for a page, with the official browser client and another one, as `oauthApps`.
 */
export async function bundleBrowserClients(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${HERE}/oauth-browser-apps.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  })
  return outputFiles[0]?.text ?? ''
}
