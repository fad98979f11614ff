import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ProgramEnded, temporaryDirectory } from '@lexwright/testing/programs/program'
import {
  cleanUp,
  cleanups,
  directory,
  postgresSetting,
  start,
} from '@lexwright/testing/programs/running-programs'

afterAll(cleanUp)

/** Tests that need a separate process; the others are in `start-server.integration.test.ts`. */
describe('the program', () => {
  let data: string
  beforeAll(async () => {
    data = await directory()
  })

  it('prints a greeting with a command that works as printed, and locks its directory', async () => {
    const program = await start(data)
    const said = program.said()
    expect(said).toContain(`Listening on    http://localhost:${program.port}`)
    expect(said).toContain(join(data, 'database'))
    expect(said).toContain(join(data, 'secrets', 'admin-password'))
    const command = /^ {2}(curl .*)$/m.exec(said)?.[1] ?? ''
    const { stdout } = await promisify(execFile)('sh', ['-c', command])
    expect(JSON.parse(stdout)).toMatchObject({ handle: 'alice.test', did: expect.any(String) })

    // A second process is refused, and the message names the first.
    const second = await start(data).catch((error: unknown) => error)
    expect(second).toBeInstanceOf(ProgramEnded)
    expect((second as ProgramEnded).exitCode).toBe(1)
    expect((second as ProgramEnded).said).toMatch(
      new RegExp(`held by process ${program.process.pid} on .* since 20\\d\\d-`),
    )
    await program.signal('SIGTERM')
  })

  it('reads a .env file in the working directory, overridden by the environment', async () => {
    const { path: place, remove } = await temporaryDirectory()
    cleanups.push(remove)
    await writeFile(join(place, '.env'), 'PDS_PORT=from-file\nPDS_LOG_LEVEL=loud\n')
    const main = new URL('../bin/lexwright-server.js', import.meta.url).pathname
    const program = promisify(execFile)(
      process.execPath,
      ['--conditions=@lexwright/source', main],
      { cwd: place, env: { PDS_LOG_LEVEL: 'silent' } },
    )
    await expect(program).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a problem:\n {2}PDS_PORT .* it is "from-file"\n$/),
    })
  })

  it('treats a repeated signal, as passed on by npm, as one, and exits at once at another', async () => {
    const environment = { ...(await postgresSetting()), PDS_DRAIN_DELAY_SECONDS: '60' }
    const program = await start(data, environment)
    const ended = program.signal('SIGTERM')
    program.process.kill('SIGTERM')
    while (!program.log().includes('shutting down')) await delay(20)
    await delay(700)
    program.process.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(program.log()).toMatch(/"signal":"SIGINT","msg":"exiting at once"/)
  })
})
