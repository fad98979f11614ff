import { createRequire } from 'node:module'
import { arch, platform } from 'node:process'

const require = createRequire(import.meta.url)

/**
 * Bun's own program. Its package puts it where the shell finds it only if install scripts run, which they do not here.
 */
export const BUN: string = createRequire(require.resolve('bun/package.json')).resolve(
  `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`,
)

/** The script that starts Deno's program. */
export const DENO: string = require.resolve('deno/bin.cjs')

/** The program that runs Cloudflare Workers. */
export const WORKERD: string = createRequire(require.resolve('workerd/package.json')).resolve(
  `@cloudflare/workerd-${platform}-${arch === 'arm64' ? 'arm64' : '64'}/bin/workerd`,
)
