import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'

const run = promisify(execFile)

/** Runs a program of the workspace where text cannot become code, as under a strict content security policy. */
async function runStrictly(program: string): Promise<string> {
  const flags = ['--disallow-code-generation-from-strings', '--conditions=@lexwright/source']
  const { stdout } = await run(
    process.execPath,
    [...flags, '--input-type=module', '--eval', program],
    { cwd: join(import.meta.dirname, '..', '..') },
  )
  return stdout.trim()
}

it('validates where text cannot become code', async () => {
  const said = await runStrictly(`
    import { lexicons } from '@lexwright/generated/lexicons'
    const nsid = 'com.atproto.account.createInviteCode'
    const input = { useCount: 1 }
    console.log(lexicons.assertValidXrpcInput(nsid, input) === input)
    try { lexicons.assertValidXrpcInput(nsid, { useCount: 'x' }) } catch (error) { console.log(error.message) }
    try { new Function('return 1')() } catch (error) { console.log(error.name) }
  `)
  expect(said.split('\n')).toEqual(['true', 'Input/useCount must be an integer', 'EvalError'])
})
