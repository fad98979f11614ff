import { setTimeout as delay } from 'node:timers/promises'

/** Work that is looked for again and again, in every process. */
export interface BackgroundJob {
  start(): void
  /** Ends the waiting; resolves when the run under way is done. */
  stop(): Promise<void>
}

export interface BackgroundJobOptions {
  /** From one run's end to the next one's start, in seconds; spread by a quarter. */
  readonly interval: number
  run(): Promise<unknown>
  /** Told of a run that failed; the next one comes all the same. */
  onFailure(error: unknown): void
}

const FIRST_SECONDS = 2

export function createBackgroundJob({
  interval,
  run,
  onFailure,
}: BackgroundJobOptions): BackgroundJob {
  const stopping = new AbortController()
  let loop: Promise<void> | undefined

  async function repeat(): Promise<void> {
    // Soon after the start, because the one before may have been a crash.
    await wait(Math.min(FIRST_SECONDS, interval) * Math.random())
    while (!stopping.signal.aborted) {
      await run().catch(onFailure)
      // Spread, so that processes that started together do not work together.
      await wait(interval * (0.75 + Math.random() / 2))
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
