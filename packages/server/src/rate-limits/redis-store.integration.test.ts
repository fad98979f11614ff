import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Charge } from '@lexwright/account'
import { Redis } from 'ioredis'
import { createRedisRateLimitStore, pingRedis } from './redis-store.ts'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0
if (!isInstalled) console.warn('redis-server is not installed: its tests are skipped')
const describeWithRedis = isInstalled ? describe : describe.skip

const now = new Date()
const charge = (key: string, changes: Partial<Charge> = {}): Charge => ({
  key,
  points: 1,
  window: 60,
  ...changes,
})

describeWithRedis('counting in a real Redis', () => {
  let port = 0
  let redis: ChildProcess
  const said: string[] = []
  const logger = {
    warn: (_fields: object, message: string) => void said.push(message),
    info: (_fields: object, message: string) => void said.push(message),
  }
  const inFallback: string[] = []
  const open = (password?: string) =>
    createRedisRateLimitStore({
      address: `127.0.0.1:${port}`,
      password,
      logger,
      fallback: {
        add: async (charges) => {
          inFallback.push(...charges.map(({ key }) => key))
          return charges.map(() => ({ spent: 777, resetsAt: now }))
        },
      },
    })
  const start = async () => {
    redis = spawn('redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    for await (const bytes of redis.stdout ?? []) {
      if (String(bytes).includes('Ready to accept')) break
    }
  }
  const stop = async () => {
    redis.kill('SIGKILL')
    await once(redis, 'exit')
  }
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await delay(50)
  }

  beforeAll(async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    port = (probe.address() as AddressInfo).port
    probe.close()
    await start()
  })
  afterAll(stop)

  it('gives each of a hundred callers in two processes a different count', async () => {
    const stores = [open(), open()]
    await until(async () => (await stores[1]?.add([charge('warm')], now))?.[0]?.spent !== 777)
    await until(async () => (await stores[0]?.add([charge('warm')], now))?.[0]?.spent !== 777)
    const usages = await Promise.all(
      Array.from({ length: 100 }, (_, n) => stores[n % 2]?.add([charge('a'), charge('b')], now)),
    )
    const counts = (index: number) =>
      usages.map((usage) => usage?.[index]?.spent ?? 0).toSorted((x, y) => x - y)
    const expected = Array.from({ length: 100 }, (_, n) => n + 1)
    expect(counts(0)).toEqual(expected)
    expect(counts(1)).toEqual(expected)
    for (const store of stores) await store.close()
  })

  it('opens a window with the first charge, which Redis ends, and reads without charging', async () => {
    const store = open()
    await until(async () => (await store.add([charge('c', { points: 0 })], now))[0]?.spent === 0)
    const [first] = await store.add([charge('d')], now)
    expect(first).toMatchObject({ spent: 1 })
    expect(first?.resetsAt.getTime()).toBeGreaterThan(now.getTime() + 30_000)
    expect(first?.resetsAt.getTime()).toBeLessThanOrEqual(now.getTime() + 60_000)
    expect((await store.add([charge('d', { points: 0 })], now))[0]?.spent).toBe(1)
    const admin = new Redis({ host: '127.0.0.1', port })
    expect(await admin.pexpire('lexwright:limit:d', 1)).toBe(1)
    await until(async () => (await admin.exists('lexwright:limit:d')) === 0)
    await admin.quit()
    expect((await store.add([charge('d')], now))[0]?.spent).toBe(1)
    await store.close()
  })

  it('counts in the fallback while Redis is down, logs both changes once, and returns', async () => {
    const store = open()
    await until(async () => (await store.add([charge('e')], now))[0]?.spent !== 777)
    said.length = 0
    await stop()
    for (let n = 0; n < 3; n++) {
      expect(await store.add([charge('away')], now)).toEqual([{ spent: 777, resetsAt: now }])
    }
    expect(inFallback).toContain('away')
    await start()
    await until(async () => (await store.add([charge('back')], now))[0]?.spent !== 777)
    expect(said).toEqual([
      'Redis is unreachable; rate limits are counted in the database',
      'rate limits are counted in Redis again',
    ])
    await store.close()
  })

  it('authenticates with the password of Redis', async () => {
    const admin = new Redis({ host: '127.0.0.1', port })
    await admin.config('SET', 'requirepass', 'open sesame')
    const address = `127.0.0.1:${port}`
    await pingRedis({ address, password: 'open sesame' })
    await expect(pingRedis({ address, password: undefined })).rejects.toThrow('NOAUTH')
    await expect(pingRedis({ address, password: 'guessed' })).rejects.toThrow('WRONGPASS')

    const store = open('open sesame')
    await until(async () => (await store.add([charge('f')], now))[0]?.spent !== 777)
    await store.close()
    said.length = 0
    const refused = open('guessed')
    await until(async () => said.length > 0)
    expect((await refused.add([charge('g')], now))[0]?.spent).toBe(777)
    expect(said).toEqual(['Redis is unreachable; rate limits are counted in the database'])
    await refused.close()
    await admin.config('SET', 'requirepass', '')
    await admin.quit()
  })
})
