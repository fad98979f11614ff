/** A charge of one caller against one limit. */
export interface Charge {
  /** Names the limit and the caller; at most 100 ASCII characters. */
  readonly key: string
  /** Zero only asks; less gives back. */
  readonly points: number
  /** How long the window lasts that begins now, if none is open; in seconds. */
  readonly window: number
}

/** Points spent in the present window, this charge included. */
export interface Usage {
  readonly spent: number
  readonly resetsAt: Date
}

/** Where all processes count together. */
export interface RateLimitStore {
  /**
   * Adds every charge to its window, atomically each: of any number of callers at once, no two see the
   * same count. Answers in the order of the charges, whose keys differ.
   */
  add(charges: readonly Charge[], now: Date): Promise<readonly Usage[]>
  /** Forgets windows that are over; a store that does so by itself need not have it. */
  sweep?(now: Date): Promise<void>
}
