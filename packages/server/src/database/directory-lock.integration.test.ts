import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { acquireLock, LockedError } from './directory-lock.ts'
import { ownIdentity } from './process-identity.ts'

let directory: string
let file: string
const children: ChildProcess[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lexwright-lock-'))
  file = join(directory, 'database.lock')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

const HOLDER = `
import { acquireLock } from ${JSON.stringify(new URL('./directory-lock.ts', import.meta.url).href)}
import { createInterface } from 'node:readline'
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  await acquireLock(line).then(() => console.log('held'), (error) => console.log(error.name))
}
`

/** A process that tries to take each lock it is sent by name. */
async function contender() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value ?? 'ended'
  expect(await next()).toBe('ready')
  return {
    pid: child.pid,
    take: () => {
      child.stdin.write(`${file}\n`)
      return next()
    },
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe('acquireLock', () => {
  it('has one holder, names it, and leaves nothing behind', async () => {
    const lock = await acquireLock(file)
    const refusal = await acquireLock(file).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(LockedError)
    expect((refusal as LockedError).message).toContain(`process ${process.pid} on `)
    expect((refusal as LockedError).message).toMatch(/since \d{4}-\d\d-\d\dT/)
    expect(await readdir(directory)).toEqual(['database.lock'])
    await lock.release()
    expect(await readdir(directory)).toEqual([])
    await (await acquireLock(file)).release()
  })

  it('admits one of many concurrent attempts', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acquireLock(file)))
    const held = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(held).toHaveLength(1)
    await held[0]?.value.release()
  })

  it('excludes a second process while the first lives, and admits it after kill -9', async () => {
    const first = await contender()
    expect(await first.take()).toBe('held')
    await expect(acquireLock(file)).rejects.toThrow(`process ${first.pid} `)
    await first.kill()
    await (await acquireLock(file)).release()
  })

  it('admits one of several processes that find it stale concurrently', async () => {
    const contenders = await Promise.all(Array.from({ length: 6 }, contender))
    while (contenders.length > 0) {
      const outcomes = await Promise.all(contenders.map((each) => each.take()))
      expect(outcomes.toSorted()).toEqual([
        ...Array(contenders.length - 1).fill('LockedError'),
        'held',
      ])
      const [winner] = contenders.splice(outcomes.indexOf('held'), 1)
      await winner?.kill()
    }
  })

  it('recognizes a reused process id', async () => {
    await writeFile(file, holderFile({ startTicks: '1' }))
    await (await acquireLock(file)).release()
  })

  it('treats a lock from before a reboot as stale', async () => {
    await writeFile(file, holderFile({ bootId: 'another boot' }))
    await (await acquireLock(file)).release()
  })

  it('finishes an interrupted takeover', async () => {
    await writeFile(file, holderFile({ startTicks: '1' }))
    await writeFile(`${file}.takeover`, holderFile({ startTicks: '1', token: 'dead too' }))
    const lock = await acquireLock(file)
    expect(await readdir(directory)).toEqual(['database.lock'])
    await lock.release()
  })

  it('respects a holder in another container while its heartbeat continues', async () => {
    await writeFile(file, holderFile({ pidNamespace: 'pid:[1]' }))
    const silence = 2_000
    const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()), silence / 20)
    await expect(acquireLock(file, silence)).rejects.toThrow(LockedError)
    clearInterval(heartbeat)
    await (await acquireLock(file, silence)).release()
  })

  it('has a heartbeat', async () => {
    const lock = await acquireLock(file)
    await utimes(file, new Date(0), new Date(0))
    while ((await stat(file)).mtimeMs === 0) await delay(50)
    const holder = JSON.parse(await readFile(file, 'utf8'))
    expect(holder).toMatchObject({ pid: process.pid, token: expect.any(String) })
    await lock.release()
  })

  it('releases only its own lock', async () => {
    const lock = await acquireLock(file)
    await writeFile(file, holderFile({ token: 'somebody else' }))
    await lock.release()
    expect(await readdir(directory)).toEqual(['database.lock'])
  })

  it.each(['', 'null', '{}', '12345\n'])(
    'does not touch a file that is not a lock: %j',
    async (text) => {
      await writeFile(file, text)
      await expect(acquireLock(file)).rejects.toThrow('is not a lock file of this program')
      expect(await readFile(file, 'utf8')).toBe(text)
    },
  )
})

function holderFile(changes: object): string {
  const since = '2026-01-01T00:00:00Z'
  return JSON.stringify({ ...ownIdentity(), token: 'theirs', since, ...changes })
}
