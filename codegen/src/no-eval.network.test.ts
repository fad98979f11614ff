import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { hasBrowser, openBrowser } from '@lexwright/testing/third-party/browser'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '..', '..')

/**
 * Reports the verdicts of generated validators, and that `eval` really is blocked, line by line with
 * `say`.
 */
const PROGRAM = `
  import { lexicons } from '@lexwright/generated/lexicons'
  const nsid = 'com.atproto.account.createInviteCode'
  const input = { useCount: 1 }
  say(lexicons.assertValidXrpcInput(nsid, input) === input)
  try { lexicons.assertValidXrpcInput(nsid, { useCount: 'x' }) } catch (error) { say(error.message) }
  try { new Function('return 1')() } catch (error) { say(error.name) }
`
const SAID = ['true', 'Input/useCount must be an integer', 'EvalError']

it('validates where eval is blocked', async () => {
  const flags = ['--disallow-code-generation-from-strings', '--conditions=@lexwright/source']
  const program = `const say = console.log\n${PROGRAM}`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, '--input-type=module', '--eval', program],
    { cwd: ROOT },
  )
  expect(stdout.trim().split('\n')).toEqual(SAID)
})

const itInBrowser = hasBrowser('no-eval.test.ts') ? it : it.skip
itInBrowser('validates in a browser under a strict content security policy', async () => {
  const say = `const say = (text) => { document.body.append(text + '\\n') }`
  const { outputFiles } = await build({
    stdin: { contents: `${say}\n${PROGRAM}`, resolveDir: ROOT },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    conditions: ['@lexwright/source'],
    logLevel: 'silent',
  })
  const server = createServer(({ url }, res) => {
    const isScript = url === '/page.js'
    res.setHeader('Content-Security-Policy', "default-src 'none'; script-src 'self'")
    res.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    res.end(isScript ? outputFiles[0]?.text : PAGE)
  })
  await once(server.listen(0), 'listening')
  const browser = await openBrowser({ javaScriptEnabled: true, width: 800 })
  try {
    const page = await browser.context.newPage()
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`)
    const text = await page.textContent('body')
    expect(text?.trim().split('\n')).toEqual(SAID)
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
})

const PAGE =
  '<!doctype html><title>Validators</title><body></body><script type="module" src="/page.js"></script>'
