import { InvalidRequestError } from '@atproto/xrpc-server'
import { log } from '../server/log.ts'

/**
 * A service's events, each with a cursor: an integer above that of all earlier events. An event must not appear after
 * one with a higher cursor has been read; with concurrent transactions, take the cursor under a lock held until the
 * commit.
 */
export interface EventStore<E> {
  readonly cursorOf: (event: E) => number
  /** Events after a cursor, oldest first, at most `limit`; fewer only if there are no more. */
  readonly read: (after: number, limit: number) => Promise<readonly E[]>
  /** The cursor of the newest event; 0 if there has never been one. */
  readonly latest: () => Promise<number>
  /** The cursor after which nothing has been deleted. Not needed if events are kept forever. */
  readonly earliest?: () => Promise<number>
}

export interface EventLogOptions {
  /**
   * Milliseconds between polls for events added by other processes; default 1 s. With 0 the store is read only
   * after `notify`.
   */
  readonly pollInterval?: number
  /** Events kept in memory, which is how far a subscriber may fall behind; default 1,000. */
  readonly maxBehind?: number
  /** Events read from the store at once; default 500. */
  readonly pageSize?: number
}

/**
 * Reports that events between a subscriber's cursor and the first one it receives have been deleted.
 */
export interface OutdatedCursor {
  readonly $type: '#info'
  readonly name: 'OutdatedCursor'
  readonly message: string
}

/**
 * Subscriptions to stored events: each replays the events after its cursor, then continues with new ones, without gaps
 * or repeats. Only the latest events are kept in memory, once for all subscribers.
 *
 * @example
 * ```ts
 * const log = new EventLog<Event>({ read, latest, cursorOf: ({ seq }) => seq })
 * server.com.example.subscribe(({ params, signal }) => log.subscribe(params.cursor, signal))
 * await insert(event)
 * log.notify()
 * ```
 * Source: https://atproto.com/specs/event-stream
 */
export class EventLog<E> {
  readonly #store: EventStore<E>
  readonly #pollInterval: number
  readonly #maxBehind: number
  readonly #pageSize: number
  /** All events after `#floor`, up to `#head`. */
  #recent: E[] = []
  #floor = 0
  #head = 0
  #subscribers = 0
  #opened: Promise<void> = Promise.resolve()
  #reading: Promise<void> | undefined
  #isAsked = false
  readonly #waiting = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined

  constructor(store: EventStore<E>, options: EventLogOptions = {}) {
    this.#store = store
    this.#pollInterval = options.pollInterval ?? 1_000
    this.#maxBehind = options.maxBehind ?? 1_000
    this.#pageSize = options.pageSize ?? 500
  }

  /** Reads and sends new events. Call it after committing one. */
  notify(): void {
    if (this.#subscribers === 0) return
    // Subscribers keep their position: the next event or poll tries again.
    this.#read().catch((err) => log.error({ err }, 'the events of a subscription cannot be read'))
  }

  /**
   * The stored events after a cursor, then new ones, until the signal is aborted. Without a cursor only new ones; 0
   * starts at the oldest event kept.
   *
   * @throws InvalidRequestError `FutureCursor` for a cursor above that of the newest event, and `ConsumerTooSlow` for a
   *   subscriber that has caught up and then falls behind by more than `maxBehind`
   */
  async *subscribe(
    cursor: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<E | OutdatedCursor, void, undefined> {
    this.#subscribers++
    try {
      await this.#open()
      let at = cursor ?? this.#head
      // Another process may have added events not read here yet.
      if (at > this.#head) await this.#read()
      if (at > this.#head) throw new InvalidRequestError('Cursor in the future', 'FutureCursor')
      const earliest = cursor === undefined ? undefined : await this.#store.earliest?.()
      if (earliest !== undefined && at < earliest) {
        if (at > 0) yield outdated(at)
        at = earliest
      }
      yield* this.#after(at, signal)
    } finally {
      this.#subscribers--
    }
  }

  async *#after(cursor: number, signal: AbortSignal): AsyncGenerator<E, void, undefined> {
    let at = cursor
    let isLive = false
    while (!signal.aborted) {
      const floor = this.#floor
      if (at >= floor) {
        const event = this.#nextAfter(at)
        if (event === undefined) {
          await this.#news(signal)
          // More events than are kept may arrive at once. A subscriber that was waiting is not slow, and reads
          // them from the store.
          isLive = at >= this.#floor
        } else {
          at = this.#store.cursorOf(event)
          yield event
        }
      } else if (isLive) {
        throw new InvalidRequestError('Stream consumer too slow', 'ConsumerTooSlow')
      } else {
        const page = await this.#store.read(at, this.#pageSize)
        for (const event of page) {
          if (signal.aborted) return
          at = this.#store.cursorOf(event)
          yield event
        }
        // They were deleted after they were read.
        if (page.length === 0) at = floor
      }
    }
  }

  /** Starts at the store's current position for the first subscriber. */
  #open(): Promise<void> {
    if (this.#subscribers === 1) {
      const jump = async (): Promise<void> => {
        const latest = await this.#store.latest()
        if (latest <= this.#head) return
        this.#recent = []
        this.#floor = latest
        this.#head = latest
      }
      this.#opened = this.#opened.then(jump, jump)
    }
    return this.#opened
  }

  /** Reads on from `#head`, one read at a time; includes events added during a read. */
  #read(): Promise<void> {
    this.#isAsked = true
    this.#reading ??= Promise.resolve().then(() => this.#readAll())
    return this.#reading
  }

  async #readAll(): Promise<void> {
    try {
      let isMore = false
      while (this.#isAsked || isMore) {
        this.#isAsked = false
        const page = await this.#store.read(this.#head, this.#pageSize)
        this.#append(page)
        isMore = page.length >= this.#pageSize
      }
    } finally {
      this.#reading = undefined
    }
  }

  #append(events: readonly E[]): void {
    // The first subscriber may have moved `#head` during the read.
    const added = events.filter((event) => this.#store.cursorOf(event) > this.#head)
    const last = added.at(-1)
    if (last === undefined) return
    this.#recent.push(...added)
    this.#head = this.#store.cursorOf(last)
    const dropped = this.#recent
      .splice(0, Math.max(0, this.#recent.length - this.#maxBehind))
      .at(-1)
    if (dropped !== undefined) this.#floor = this.#store.cursorOf(dropped)
    for (const wake of [...this.#waiting]) wake()
  }

  #nextAfter(cursor: number): E | undefined {
    let low = 0
    let high = this.#recent.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#store.cursorOf(this.#recent[middle] as E) > cursor) high = middle
      else low = middle + 1
    }
    return this.#recent[low]
  }

  #news(signal: AbortSignal): Promise<void> {
    this.#poll()
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  #poll(): void {
    if (this.#pollInterval === 0 || this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#waiting.size === 0) return
      this.notify()
      this.#poll()
    }, this.#pollInterval)
    this.#timer.unref()
  }
}

function outdated(cursor: number): OutdatedCursor {
  const message = `Events after ${cursor} have been deleted; some may be missing`
  return { $type: '#info', name: 'OutdatedCursor', message }
}
