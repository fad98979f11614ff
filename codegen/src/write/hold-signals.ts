import { setImmediate } from 'node:timers/promises'

/** What ends a process from outside and can be put off: Ctrl-C, a closed terminal, a supervisor. */
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a synchronous function, and lets signals that would end the process in the middle of it end the process after
 * it.
 */
export async function holdingSignals(run: () => void): Promise<void> {
  let held: NodeJS.Signals | undefined
  const hold = (signal: NodeJS.Signals): void => {
    held = signal
  }
  for (const signal of ENDING) process.on(signal, hold)
  try {
    run()
    // Signals are noticed when the event loop looks for them, which it does once between two of these.
    await setImmediate()
    await setImmediate()
  } finally {
    for (const signal of ENDING) process.off(signal, hold)
    // Whoever else listens has heard it already.
    if (held && process.listenerCount(held) === 0) process.kill(process.pid, held)
  }
}
