/**
 * Runs the account and OAuth suites that need one database on PGlite; `npm test` runs them on PostgreSQL.
 *
 *     node --conditions=@lexwright/source scripts/checks/pglite.ts [part of a path …]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const paths = process.argv.slice(2)
const child = spawn(
  'npm',
  [
    'test',
    '--',
    ...(paths.length > 0 ? paths : ['packages/account', 'packages/oauth', 'packages/entryway']),
  ],
  { env: { ...process.env, TEST_DATABASE: 'pglite' }, stdio: 'inherit' },
)
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
