import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createPostgresDatabase } from '@lexwright/testing/postgres/databases'
import { ProgramEnded, temporaryDirectory } from '@lexwright/testing/programs/program'
import {
  accountOf,
  cleanUp,
  cleanups,
  directory,
  person,
  postgresSetting,
  start,
  stopAll,
} from '@lexwright/testing/programs/running-programs'

afterAll(cleanUp)

describe('the program', () => {
  let data: string
  /** For what does not depend on the database: a start with PGlite costs twice as much. */
  let postgres: Readonly<Record<string, string>>
  beforeAll(async () => {
    data = await directory()
    postgres = await postgresSetting()
  }, 240_000)
  afterEach(stopAll)

  it('says what it is and where things are, its command works as it stands, and it shares its directory with nobody', async () => {
    const program = await start(data)
    const said = program.said()
    expect(said).toContain(`Listening on    http://localhost:${program.port}`)
    expect(said).toContain(join(data, 'database'))
    expect(said).toContain(join(data, 'secrets', 'admin-password'))
    const command = /^ {2}(curl .*)$/m.exec(said)?.[1] ?? ''
    const { stdout } = await promisify(execFile)('sh', ['-c', command])
    expect(JSON.parse(stdout)).toMatchObject({ handle: 'alice.test', did: expect.any(String) })

    // A second one is refused, and told with whom it would share the directory.
    const second = await start(data).catch((error: unknown) => error)
    expect(second).toBeInstanceOf(ProgramEnded)
    expect((second as ProgramEnded).exitCode).toBe(1)
    expect((second as ProgramEnded).said).toMatch(
      new RegExp(`held by process ${program.process.pid} on .* since 20\\d\\d-`),
    )
    await program.signal('SIGTERM')
  }, 240_000)

  it('shows how to get an invite when one is needed, and that works too', async () => {
    const program = await start(data, {
      ...postgres,
      PDS_INVITE_REQUIRED: 'true',
      PDS_SERVICE_HANDLE_DOMAINS: '.invited.test',
    })
    const script =
      program
        .said()
        .match(/^ {2}(INVITE=|curl ).*$/gm)
        ?.join('\n') ?? ''
    const { stdout } = await promisify(execFile)(
      'sh',
      ['-c', script.replace('alice@', 'second@')],
      {
        cwd: '/tmp',
      },
    )
    expect(JSON.parse(stdout)).toMatchObject({ handle: 'alice.invited.test' })
    await program.signal('SIGTERM')
  }, 240_000)

  it('says that the port is in use, and what to do', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(0, resolve))
    const { port } = squatter.address() as AddressInfo
    const ended = await start(data, { PDS_PORT: String(port) }).catch((error: unknown) => error)
    expect(ended).toMatchObject({ exitCode: 1 })
    expect((ended as ProgramEnded).said).toBe(
      `lexwright-server: Port ${port} is in use by another program. Stop it, or choose another port: PDS_PORT=${port + 1}\n`,
    )
    await new Promise((resolve) => squatter.close(resolve))
  }, 240_000)

  it.each([
    [
      'that the database is not there',
      { PDS_DB_POSTGRES_URL: 'postgres://u:hunter2@127.0.0.1:1/x' },
      /127\.0\.0\.1:1\/x cannot be used: nothing listens there/,
    ],
    [
      'that the data directory cannot be used',
      { PDS_DATA_DIRECTORY: '/dev/null/data' },
      /PDS_DATA_DIRECTORY names a directory that cannot be used: ENOTDIR/,
    ],
  ])(
    'says %s, without a trace',
    async (_, env, what) => {
      const ended = await start(data, env as Record<string, string>).catch(
        (error: unknown) => error,
      )
      expect(ended).toMatchObject({ exitCode: 1 })
      expect((ended as ProgramEnded).said).toMatch(what)
      expect((ended as ProgramEnded).said).not.toMatch(/hunter2|\n {4}at /)
    },
    240_000,
  )

  it('reads a .env file where it is started, below the environment', async () => {
    const { path: place, remove } = await temporaryDirectory()
    cleanups.push(remove)
    await writeFile(join(place, '.env'), 'PDS_PORT=from-file\nPDS_LOG_LEVEL=loud\n')
    const main = new URL('../bin/lexwright-server.js', import.meta.url).pathname
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, ['--conditions=@lexwright/source', main, ...args], {
        cwd: place,
        env: { PDS_LOG_LEVEL: 'silent' },
      })
    await expect(run()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a problem:\n {2}PDS_PORT .* it is "from-file"\n$/),
    })
    expect((await run('--help')).stdout).toContain('PDS_PORT\n      Port to listen on')
    expect((await run('--version')).stdout).toBe('0.1.0\n')
  }, 240_000)

  it('finishes requests under way at SIGTERM, and takes no new ones', async () => {
    const program = await start(data, {
      ...postgres,
      PDS_PASSWORD_HASH_COST: '12',
      PDS_DRAIN_DELAY_SECONDS: '3',
      // The default is for a machine that does nothing else.
      PDS_DRAIN_TIMEOUT_SECONDS: '120',
    })
    const idle = connect(program.port, 'localhost')
    const idleClosed = new Promise((resolve) => idle.once('close', resolve))
    await delay(100)
    const signups = Promise.all(
      ['drain-1', 'drain-2', 'drain-3', 'drain-4', 'drain-5', 'drain-6'].map((name) =>
        accountOf(program).create(person(name)),
      ),
    )
    await delay(100)
    const ended = program.signal('SIGTERM')
    // As a terminal under npm: the same signal twice is one.
    program.process.kill('SIGTERM')
    await delay(200)
    const ready = await fetch(`${program.url}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { error: 'NotReady', message: 'The service is shutting down' },
    ])
    expect((await signups).map(({ data: { handle } }) => handle)).toHaveLength(6)
    const answered = performance.now()
    expect(await ended).toBe(0)
    // Sooner than a connection that nobody uses would be given up.
    expect(performance.now() - answered).toBeLessThan(20_000)
    await idleClosed
    await expect(fetch(`${program.url}/livez`)).rejects.toThrow()
    expect(program.log()).not.toContain('cut off')
  }, 240_000)

  it('cuts off at the deadline what does not end', async () => {
    const program = await start(data, { ...postgres, PDS_DRAIN_TIMEOUT_SECONDS: '1' })
    const slow = connect(program.port, 'localhost')
    slow.on('error', () => {})
    slow.write('POST /xrpc/com.atproto.account.create HTTP/1.1\r\nHost: x\r\n')
    slow.write('Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
    await delay(200)
    expect(await program.signal('SIGTERM')).toBe(0)
    expect(program.log()).toContain(
      '"connections":1,"msg":"connections were cut off at the deadline"',
    )
  }, 240_000)

  it('ends at once at the second signal', async () => {
    const program = await start(data, { ...postgres, PDS_DRAIN_DELAY_SECONDS: '60' })
    const ended = program.signal('SIGTERM')
    while (!program.log().includes('shutting down')) await delay(20)
    await delay(700)
    program.process.kill('SIGINT')
    expect(await ended).toBe(1)
  }, 240_000)

  it('migrates on command', async () => {
    const { url: database, drop } = await createPostgresDatabase()
    cleanups.push(drop)
    const migrate = async () => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [
          '--conditions=@lexwright/source',
          new URL('../bin/lexwright-server.js', import.meta.url).pathname,
          'migrate',
        ],
        {
          env: {
            PDS_DATA_DIRECTORY: data,
            PDS_DB_POSTGRES_URL: database,
            PDS_DB_POSTGRES_MIGRATION_URL: database,
          },
          cwd: '/tmp',
        },
      )
      return stdout
    }
    expect(await migrate()).toContain('database migrated')
    expect(await migrate()).toContain('nothing to migrate')
  }, 240_000)
})
