import { setTimeout as delay } from 'node:timers/promises'
import { spread } from './backoff.ts'

/** A periodic job of each process. */
export interface BackgroundJob {
  start(): void
  /** Stops the schedule; resolves when the current run is done. */
  stop(): Promise<void>
}

export interface BackgroundJobOptions {
  /** Pause between runs, in seconds, with a quarter of jitter. */
  readonly interval: number
  /**
   * Maximum delay before the first run, in seconds; 2 by default, since the previous process may
   * have crashed.
   */
  readonly firstDelay?: number
  run(): Promise<unknown>
  /** Called when a run failed; the job continues. */
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
