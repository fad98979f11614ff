/** How much may go on and wait. */
export interface FairQueueOptions {
  /** Work that runs at once. */
  readonly concurrency: number
  /** Work that may wait, of all callers together. */
  readonly maxWaiting: number
  /** Work that may wait of one caller. */
  readonly maxShare: number
}

/** Runs bounded work for many callers, of whom none can keep the others out. */
export interface FairQueue {
  /** Work that runs or waits. */
  readonly pending: number
  /** True if work of this caller can run or wait now. Null is nobody in particular: any share, but no more than fits. */
  hasRoom(caller: string | null): boolean
  /** Runs work as soon as it is its turn; see {@link hasRoom} first. Each caller with waiting work is served in turn. */
  run<Result>(caller: string | null, work: () => Promise<Result>): Promise<Result>
}

export function createFairQueue(options: FairQueueOptions): FairQueue {
  const { concurrency, maxWaiting, maxShare } = options
  /** The first is served next. */
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

  /** Hands the place of finished work on, and moves whoever gets it behind the others. */
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
