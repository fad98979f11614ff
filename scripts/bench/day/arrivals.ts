import { setTimeout as delay } from 'node:timers/promises'
import { HABITS, type Habit, type World } from './mix.ts'

export interface Call {
  readonly name: string
  /** When it was due, by `performance.now()`. */
  readonly dueAt: number
  readonly doneAt: number
  /** Time from when it was due until its answer, in milliseconds. */
  readonly latency: number
  /** HTTP status; 0 without an answer. */
  readonly status: number
}

export const PER_DAY: number = HABITS.reduce((sum, { daily }) => sum + daily, 0)

export interface Acted {
  /** Calls done so far; complete once `settled` resolves. */
  readonly done: readonly Call[]
  readonly began: number
  /** Resolves when every call is answered and every mail has come, or after half a minute. */
  readonly settled: () => Promise<unknown>
}

/**
 * Calls at random times (a Poisson process) whether or not earlier calls are answered. Resolves after the last one was
 * due.
 *
 * @param rateAt habits a second, at a moment in seconds.
 */
export async function act(
  world: World,
  seconds: number,
  rateAt: (second: number) => number,
): Promise<Acted> {
  const done: Call[] = []
  const underWay = new Set<Promise<void>>()
  const began = performance.now()
  let due = 0
  for (;;) {
    due += -Math.log(1 - Math.random()) / rateAt(due)
    if (due >= seconds) break
    const dueAt = began + due * 1000
    const early = dueAt - performance.now()
    if (early > 1) await delay(early)
    const acting: Promise<void> = perform(pickHabit(), world, { dueAt, done }).finally(() =>
      underWay.delete(acting),
    )
    underWay.add(acting)
  }
  const settled = () =>
    Promise.race([Promise.all(underWay), delay(PATIENCE_MS, undefined, { ref: false })])
  return { done, began, settled }
}

/** Milliseconds to wait for a mail, which takes a few seconds. */
const PATIENCE_MS = 30_000

async function perform(
  habit: Habit,
  world: World,
  { dueAt, done }: { readonly dueAt: number; readonly done: Call[] },
): Promise<void> {
  let isFirst = true
  await habit.act(world, async (call, name = habit.name) => {
    // Later calls of a habit follow an answer or a mail, so they start on time.
    const from = isFirst ? dueAt : performance.now()
    isFirst = false
    const answer = await call().catch(() => ({ status: 0, body: '' }))
    const doneAt = performance.now()
    done.push({ name, dueAt, doneAt, latency: doneAt - from, status: answer.status })
    return answer
  })
}

function pickHabit(): Habit {
  let left = Math.random() * PER_DAY
  for (const habit of HABITS) {
    left -= habit.daily
    if (left < 0) return habit
  }
  return HABITS[0] as Habit
}
