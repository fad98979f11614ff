import { setTimeout as delay } from 'node:timers/promises'
import { spread } from './backoff.ts'

/** Work that is looked for again and again, in every process. */
export interface BackgroundJob {
  start(): void
  /** Ends the waiting; resolves when the run under way is done. */
  stop(): Promise<void>
}

export interface BackgroundJobOptions {
  /** From one run's end to the next one's start, in seconds; spread by a quarter. */
  readonly interval: number
  /**
   * The longest wait before the first run, in seconds; 2 by default, because the process before may
   * have crashed.
   */
  readonly firstDelay?: number
  run(): Promise<unknown>
  /** Told of a run that failed; the next one comes all the same. */
  onFailure(error: unknown): void
}

export function createBackgroundJob({
  interval,
  firstDelay = Math.min(2, interval),
  run,
  onFailure,
}: BackgroundJobOptions): BackgroundJob {
  const stopping = new AbortController()
  let loop: Promise<void> | undefined

  async function repeat(): Promise<void> {
    await wait(firstDelay * Math.random())
    while (!stopping.signal.aborted) {
      await run().catch(onFailure)
      await wait(spread(interval))
    }
  }

  const wait = (seconds: number): Promise<void> =>
    delay(seconds * 1000, undefined, { signal: stopping.signal, ref: false }).catch(() => {})

  return {
    start: () => {
      loop ??= repeat()
    },
    stop: async () => {
      stopping.abort()
      await loop
    },
  }
}
