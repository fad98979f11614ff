import { createRequire } from 'node:module'
import { arch, platform } from 'node:process'

const require = createRequire(import.meta.url)

/**
 * Path of Bun's binary. Its package links it into the path only in an install script, and those are
 * disabled.
 */
export const BUN: string = createRequire(require.resolve('bun/package.json')).resolve(
  `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}/bin/bun`,
)

/** Path of the script that starts Deno. */
export const DENO: string = require.resolve('deno/bin.cjs')

/** Path of the runtime of Cloudflare Workers. */
export const WORKERD: string = createRequire(require.resolve('workerd/package.json')).resolve(
  `@cloudflare/workerd-${platform}-${arch === 'arm64' ? 'arm64' : '64'}/bin/workerd`,
)
