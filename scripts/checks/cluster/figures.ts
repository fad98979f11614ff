import type { Answer } from './calls.ts'
import type { Outage } from './leader-watch.ts'

/** Figures of one event. */
export interface Figures {
  readonly event: string
  /** Seconds without a leader. */
  readonly leaderless: number
  /** Longest time with no answer but 503, in seconds. */
  readonly silence: number
  /** Seconds from the new leader to the last 503. */
  readonly settling: number
  readonly answered: number
  /** Calls answered by 503. */
  readonly refused: number
  /** Calls without an answer. */
  readonly lost: number
}

/** How long 503 is allowed once there is a leader: for health checks and new connections. */
export const SETTLING_MS = 5_000

export interface Observed {
  readonly event: string
  readonly answers: readonly Answer[]
  readonly outages: readonly Outage[]
  /** URLs of servers that were killed with their calls. */
  readonly killed: readonly string[]
}

export function figuresOf({ event, answers, outages }: Observed): Figures {
  const good = answers.filter(({ status }) => status !== undefined && status !== 503)
  const refused = answers.filter(({ status }) => status === 503)
  const gaps = good.map(({ at }, index) => at - (good[index - 1]?.at ?? at))
  const after = refused.map(({ at }) => at - (lastBefore(outages, at)?.to ?? at))
  return {
    event,
    leaderless: seconds(outages.reduce((sum, { from, to }) => sum + to - from, 0)),
    silence: seconds(Math.max(0, ...gaps)),
    settling: seconds(Math.max(0, ...after)),
    answered: good.length,
    refused: refused.length,
    lost: answers.length - good.length - refused.length,
  }
}

/**
 * Faults during any event: 503 with a leader or without Retry-After, any other 5xx, and no answer from a server that
 * was not killed.
 */
export function wrongAnswers({ answers, outages, killed }: Observed): readonly string[] {
  return answers.flatMap(({ at, nsid, server, status, retryAfter }) => {
    if (status === undefined) return killed.includes(server) ? [] : [`${nsid} had no answer`]
    if (status < 500) return []
    if (status !== 503) return [`${nsid} answered ${status}`]
    if (!(Number(retryAfter) > 0)) return [`${nsid} answered 503 without Retry-After`]
    const outage = lastBefore(outages, at)
    if (outage !== undefined && at <= outage.to + SETTLING_MS) return []
    const late =
      outage === undefined ? 'before any outage' : `${seconds(at - outage.to)} s after it`
    return [`${nsid} answered 503 with a leader, ${late}`]
  })
}

export function tableOf(rows: readonly Figures[]): string {
  const head = [
    '| Event | No leader | Nothing but 503 | Last 503 after the new leader | Answers | 503 | Lost |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  const lines = rows.map(
    ({ event, leaderless, silence, settling, answered, refused, lost }) =>
      `| ${event} | ${leaderless} s | ${silence} s | ${settling} s | ${answered} | ${refused} | ${lost} |`,
  )
  return [...head, ...lines].join('\n')
}

const lastBefore = (outages: readonly Outage[], at: number): Outage | undefined =>
  outages.findLast(({ from }) => from <= at)

const seconds = (ms: number): number => Math.round(ms / 100) / 10
