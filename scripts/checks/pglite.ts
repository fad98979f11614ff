/**
 * Runs the account, OAuth and entryway suites that need one database on PGlite; `npm test` and `npm run test:network` run them
 * on PostgreSQL.
 *
 *     node --conditions=@lexwright/source scripts/checks/pglite.ts [part of a path …]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const SUITES = ['packages/account', 'packages/oauth', 'packages/entryway', 'account-pages']
const NETWORK = ['--config', 'packages/testing/src/third-party/jest.config.ts']

const given = process.argv.slice(2)
const paths = given.length > 0 ? given : SUITES
for (const config of [[], NETWORK]) {
  const child = spawn('npm', ['test', '--', ...config, '--passWithNoTests', ...paths], {
    env: { ...process.env, TEST_DATABASE: 'pglite' },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) process.exitCode = code ?? 1
}
