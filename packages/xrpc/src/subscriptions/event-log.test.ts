import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { EventLog, type EventLogOptions, type EventStore } from './event-log.ts'

interface Event {
  readonly seq: number
}
type Log = EventLog<Event>
type Subscriber = ReturnType<Log['subscribe']>

/** Events in memory with every second number missing; as slow as a database. */
class MemoryStore implements EventStore<Event> {
  events: Event[] = []
  deletedUpTo: number | undefined
  /** Number of reads. */
  reads = 0
  failure: Error | undefined
  readonly cursorOf = ({ seq }: Event): number => seq

  add(count: number): this {
    for (let n = 0; n < count; n++) this.events.push({ seq: (this.events.at(-1)?.seq ?? 0) + 2 })
    return this
  }

  delete(upTo: number): void {
    this.deletedUpTo = upTo
    this.events = this.events.filter(({ seq }) => seq > upTo)
  }

  readonly read = async (after: number, limit: number): Promise<Event[]> => {
    await new Promise(setImmediate)
    this.reads++
    if (this.failure) throw this.failure
    return this.events.filter(({ seq }) => seq > after).slice(0, limit)
  }

  readonly latest = async (): Promise<number> => {
    await new Promise(setImmediate)
    return this.events.at(-1)?.seq ?? 0
  }

  readonly earliest = async (): Promise<number> => this.deletedUpTo ?? 0
}

const stop = new Set<AbortController>()
afterEach(() => {
  jest.useRealTimers()
  for (const controller of stop) controller.abort()
  stop.clear()
})

const OPTIONS: EventLogOptions = { pollInterval: 0, maxBehind: 10, pageSize: 4 }

/** Subscribes; the subscription ends with the test. */
function subscribe(log: Log, cursor?: number): Subscriber {
  const controller = new AbortController()
  stop.add(controller)
  return log.subscribe(cursor, controller.signal)
}

async function take(subscriber: Subscriber, count: number): Promise<readonly unknown[]> {
  const taken: unknown[] = []
  while (taken.length < count) {
    const { value, done } = await subscriber.next()
    if (done) throw new Error('It has ended')
    taken.push('seq' in value ? value.seq : value)
  }
  return taken
}

/** The cursors after one, up to another. */
function upTo(last: number, after = 0): readonly number[] {
  return Array.from({ length: (last - after) / 2 }, (_, n) => after + 2 * (n + 1))
}

/** Resolves when all pending work waits for new events. */
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n++) await new Promise(setImmediate)
}

describe('an event log', () => {
  it.each([1, 3, 4, 10, 11, 40])('replays %d events and continues with new ones', async (count) => {
    const store = new MemoryStore().add(count)
    const log = new EventLog(store, OPTIONS)
    const subscriber = subscribe(log, 0)
    expect(await take(subscriber, count)).toEqual(upTo(2 * count))
    for (let n = 1; n <= 30; n++) {
      const next = take(subscriber, 1)
      store.add(1)
      log.notify()
      expect(await next).toEqual([2 * (count + n)])
    }
  })

  it('starts with new events without a cursor', async () => {
    const store = new MemoryStore().add(5)
    const log = new EventLog(store, OPTIONS)
    const next = take(subscribe(log), 2)
    await settled()
    store.add(2)
    log.notify()
    expect(await next).toEqual([12, 14])
  })

  it('starts after a cursor that no event has', async () => {
    const log = new EventLog(new MemoryStore().add(5), OPTIONS)
    expect(await take(subscribe(log, 5), 3)).toEqual([6, 8, 10])
  })

  it('skips and repeats nothing while events are continuously added', async () => {
    const store = new MemoryStore().add(100)
    const log = new EventLog(store, { ...OPTIONS, maxBehind: 1_000 })
    const readers = [0, 0, 50, 198, 200].map(async (cursor) => [
      await take(subscribe(log, cursor), (1_000 - cursor) / 2),
      upTo(1_000, cursor),
    ])
    while (store.events.length < 500) {
      store.add(1 + (store.events.length % 7))
      log.notify()
      await new Promise(setImmediate)
    }
    for (const reader of readers) {
      const [seen, expected] = await reader
      expect(seen).toEqual(expected)
    }
  })

  it('serves all subscribers from one read', async () => {
    const store = new MemoryStore().add(3)
    const log = new EventLog(store, OPTIONS)
    const next = Array.from({ length: 50 }, () => take(subscribe(log), 1))
    await settled()
    const { reads } = store
    store.add(1)
    log.notify()
    expect(await Promise.all(next)).toEqual(Array(50).fill([8]))
    expect(store.reads).toBe(reads + 1)
  })

  it('reads again what is added during a read', async () => {
    const store = new MemoryStore()
    const log = new EventLog(store, OPTIONS)
    const next = take(subscribe(log), 2)
    await settled()
    store.add(1)
    log.notify()
    await new Promise(setImmediate)
    store.add(1)
    log.notify()
    expect(await next).toEqual([2, 4])
  })

  it('polls the store as long as there are subscribers', async () => {
    const store = new MemoryStore()
    const log = new EventLog(store, { ...OPTIONS, pollInterval: 1_000 })
    const subscriber = subscribe(log)
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    const next = take(subscriber, 1)
    await settled()
    store.add(1)
    jest.advanceTimersByTime(1_000)
    expect(await next).toEqual([2])
    jest.advanceTimersByTime(1_000)
    expect(jest.getTimerCount()).toBe(0)
  })

  it('refuses a future cursor, and sees events added elsewhere', async () => {
    const store = new MemoryStore().add(5)
    const log = new EventLog(store, OPTIONS)
    const first = subscribe(log, 0)
    await take(first, 5)
    await expect(take(subscribe(log, 11), 1)).rejects.toMatchObject({
      customErrorName: 'FutureCursor',
    })
    const next = take(subscribe(log, 10), 1)
    store.add(2)
    expect(await take(subscribe(log, 12), 1)).toEqual([14])
    expect(await next).toEqual([12])
  })

  it('reports missing events for an outdated cursor', async () => {
    const store = new MemoryStore().add(20)
    store.delete(20)
    const log = new EventLog(store, OPTIONS)
    const [info, ...events] = await take(subscribe(log, 18), 3)
    expect(info).toMatchObject({ $type: '#info', name: 'OutdatedCursor' })
    expect(events).toEqual([22, 24])
    // Cursor 0 means all remaining events, so nothing is missing.
    expect(await take(subscribe(log, 0), 2)).toEqual([22, 24])
    expect(await take(subscribe(log, 20), 2)).toEqual([22, 24])
  })

  it('refuses a subscriber as too slow once it has received everything', async () => {
    const store = new MemoryStore().add(1)
    const log = new EventLog(store, OPTIONS)
    const slow = subscribe(log, 0)
    await take(slow, 1)
    const next = take(slow, 1)
    store.add(1)
    log.notify()
    expect(await next).toEqual([4])
    store.add(10)
    log.notify()
    await settled()
    expect(await take(slow, 10)).toEqual(upTo(24, 4))
    store.add(11)
    log.notify()
    await settled()
    await expect(take(slow, 1)).rejects.toMatchObject({ customErrorName: 'ConsumerTooSlow' })
  })

  it('does not count a long history, or a burst of events, against a subscriber', async () => {
    const store = new MemoryStore().add(100)
    const log = new EventLog(store, OPTIONS)
    const replaying = subscribe(log, 0)
    const waiting = take(subscribe(log), 50)
    await take(replaying, 5)
    store.add(50)
    log.notify()
    expect(await waiting).toEqual(upTo(300, 200))
    expect(await take(replaying, 145)).toEqual(upTo(300, 10))
  })

  it('keeps its subscribers when the store fails, and ends those that cannot start', async () => {
    const store = new MemoryStore().add(1)
    const log = new EventLog(store, OPTIONS)
    const next = take(subscribe(log, 2), 1)
    await settled()
    store.failure = new Error('no connection')
    store.add(1)
    log.notify()
    await expect(take(subscribe(log, 0), 1)).rejects.toThrow('no connection')
    store.failure = undefined
    log.notify()
    expect(await next).toEqual([4])
  })

  it("restarts at the store's position after everyone has left", async () => {
    const store = new MemoryStore().add(1)
    const log = new EventLog(store, OPTIONS)
    const controller = new AbortController()
    const first = log.subscribe(undefined, controller.signal)
    const ended = first.next()
    await settled()
    controller.abort()
    expect(await ended).toEqual({ value: undefined, done: true })
    store.add(1_000)
    log.notify()
    const { reads } = store
    const next = take(subscribe(log), 1)
    await settled()
    expect(store.reads).toBe(reads)
    store.add(1)
    log.notify()
    expect(await next).toEqual([2_004])
  })
})
