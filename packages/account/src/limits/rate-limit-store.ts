/** A charge of one caller against one limit. */
export interface Charge {
  /** Identifies the limit and the caller; at most 100 ASCII characters. */
  readonly key: string
  /** Zero only reads the usage; a negative number refunds. */
  readonly points: number
  /** Length of a new window, in seconds, if none is open. */
  readonly window: number
}

/** Points spent in the current window, including this charge. */
export interface Usage {
  readonly spent: number
  readonly resetsAt: Date
}

/** Counts across all processes. */
export interface RateLimitStore {
  /**
   * Adds every charge to its window. Each addition is atomic: concurrent callers never see the same
   * count. Results are in the order of the charges, whose keys differ.
   */
  add(charges: readonly Charge[], now: Date): Promise<readonly Usage[]>
  /** Deletes ended windows. Optional for stores that expire them by themselves. */
  sweep?(now: Date): Promise<void>
}
