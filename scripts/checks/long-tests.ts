/** Runs `*.long.test.ts`: tests that kill processes at every step. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const config = 'packages/testing/src/third-party/jest.long.config.ts'
const child = spawn('npm', ['test', '--', '--config', config], { stdio: 'inherit' })
const [code] = await once(child, 'close')
process.exitCode = code ?? 1
