/** Limits of the queue. */
export interface FairQueueOptions {
  /** Tasks that run at once. */
  readonly concurrency: number
  /** Maximum number of waiting tasks, over all callers. */
  readonly maxWaiting: number
  /** Tasks that may wait, per caller. */
  readonly maxShare: number
}

/** Runs bounded work fairly: no caller can lock the others out. */
export interface FairQueue {
  /** Tasks running or waiting. */
  readonly pending: number
  /**
   * True if a task of this caller can run or wait now. For null, no share applies, only the size of
   * the queue.
   */
  hasRoom(caller: string | null): boolean
  /**
   * Runs a task in the caller's turn; callers with waiting tasks are served round-robin. Check
   * {@link hasRoom} first.
   */
  run<Result>(caller: string | null, work: () => Promise<Result>): Promise<Result>
}

export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { concurrency, maxWaiting, maxShare } = options
  /** The first lane is served next. */
  const lanes = new Map<string | null, (() => void)[]>()
  let running = 0
  let waiting = 0

  function waitForTurn(caller: string | null): Promise<void> {
    return new Promise((resolve) => {
      const lane = lanes.get(caller)
      if (lane === undefined) lanes.set(caller, [resolve])
      else lane.push(resolve)
      waiting += 1
    })
  }

  /** Starts the next waiting task and moves its caller to the back. */
  function passOn(): void {
    const [first] = lanes
    if (first === undefined) {
      running -= 1
      return
    }
    const [caller, [next, ...rest]] = first
    lanes.delete(caller)
    if (rest.length > 0) lanes.set(caller, rest)
    waiting -= 1
    next?.()
  }

  return {
    get pending() {
      return running + waiting
    },
    hasRoom: (caller) => {
      if (running < concurrency) return true
      if (waiting >= maxWaiting) return false
      return caller === null || (lanes.get(caller)?.length ?? 0) < maxShare
    },
    run: async (caller, work) => {
      if (running >= concurrency) await waitForTurn(caller)
      else running += 1
      try {
        return await work()
      } finally {
        passOn()
      }
    },
  }
}
