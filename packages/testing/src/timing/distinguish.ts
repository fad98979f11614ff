/** Two requests that must not be distinguishable by their time. */
export interface Pair {
  readonly first: (n: number) => Promise<unknown>
  readonly second: (n: number) => Promise<unknown>
  /** If given, the call right after each request is measured instead. */
  readonly next?: () => Promise<unknown>
}

export interface Distinction {
  /**
   * Difference of the rank sums in standard deviations; about normally distributed if both are the
   * same. An attacker would use the same statistic.
   */
  readonly z: number
  /** Share of pairs in which the first takes longer: 0.5 if they are indistinguishable. */
  readonly auc: number
  /** Medians, in milliseconds. */
  readonly medians: readonly [number, number]
}

/** Threshold for z: one in thirty thousand fair comparisons exceeds it. */
export const DISTINCT: number = 4

/**
 * Alternates the two requests in random order, so load on the machine affects both alike, and
 * compares them by the Mann–Whitney test, which is robust against slow outliers.
 */
export async function distinguish(pair: Pair, samples: number): Promise<Distinction> {
  const times: [number[], number[]] = [[], []]
  const measure = async (which: 0 | 1, n: number): Promise<number> => {
    const way = which === 0 ? pair.first : pair.second
    if (pair.next !== undefined) await way(n)
    const started = performance.now()
    await (pair.next ?? way)(n)
    return performance.now() - started
  }
  const WARM_UP = 20
  for (let n = 0; n < samples + WARM_UP; n++) {
    const order: readonly (0 | 1)[] = Math.random() < 0.5 ? [0, 1] : [1, 0]
    for (const which of order) {
      const time = await measure(which, n)
      if (n >= WARM_UP) times[which].push(time)
    }
  }
  return { ...mannWhitney(...times), medians: [median(times[0]), median(times[1])] }
}

/**
 * The U statistic, as its z-score and as a share of all pairs; ties are negligible with a clock
 * this fine.
 */
export function mannWhitney(
  a: readonly number[],
  b: readonly number[],
): Pick<Distinction, 'z' | 'auc'> {
  const ranked = [
    ...a.map((time) => ({ time, isA: true })),
    ...b.map((time) => ({ time, isA: false })),
  ]
  ranked.sort((x, y) => x.time - y.time)
  const rankSum = ranked.reduce((sum, { isA }, index) => (isA ? sum + index + 1 : sum), 0)
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return { z: (u - mean) / deviation, auc: u / (a.length * b.length) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
