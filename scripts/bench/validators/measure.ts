/** A function to time: called repeatedly with the values in turn. */
export interface Subject {
  readonly name: string
  readonly run: (value: object) => unknown
}

const ROUNDS = 11
const MILLISECONDS = 60

/**
 * The median CPU time of this thread per call to each subject, in nanoseconds, which excludes other work of the
 * machine. Subjects alternate, so that disturbances affect all of them.
 */
export function measure(
  subjects: readonly Subject[],
  values: readonly object[],
): ReadonlyMap<string, number> {
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]))
  const batches = new Map(subjects.map((subject) => [subject.name, batchSize(subject, values)]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const subject of subjects) {
      const passes = batches.get(subject.name) ?? 1
      const calls = passes * values.length
      times.get(subject.name)?.push((elapsed(subject, values, passes) / calls) * 1e6)
    }
  }
  return new Map([...times].map(([name, all]) => [name, median(all)]))
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Passes over the values that fill a batch, determined while warming up. */
function batchSize(subject: Subject, values: readonly object[]): number {
  let passes = 1
  for (;;) {
    const took = elapsed(subject, values, passes)
    if (took >= MILLISECONDS) return Math.max(1, Math.round((passes * MILLISECONDS) / took))
    passes *= took < MILLISECONDS / 4 ? 4 : 2
  }
}

function elapsed({ run }: Subject, values: readonly object[], passes: number): number {
  const before = processorTime()
  let last: unknown
  for (let pass = 0; pass < passes; pass++) {
    for (let index = 0; index < values.length; index++) last = run(values[index] as object)
  }
  sink = last
  return processorTime() - before
}

/** CPU time of this thread, in milliseconds. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** Keeps the results of a batch, so that calls cannot be optimized away. */
let sink: unknown
export function lastResult(): unknown {
  return sink
}
