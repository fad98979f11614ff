/** Runs the tests of `npm run test:network` that sample their cases, with every case. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const SAMPLED = ['server/src/entryway.network', 'server/src/moves.network', 'pages.network']
const config = 'packages/testing/src/third-party/jest.config.ts'
const child = spawn('npm', ['test', '--', '--config', config, ...SAMPLED], {
  stdio: 'inherit',
  env: { ...process.env, TEST_EVERY_CASE: '1' },
})
const [code] = await once(child, 'close')
process.exitCode = code ?? 1
