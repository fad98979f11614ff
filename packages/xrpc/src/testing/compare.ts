import { expect } from '@jest/globals'
import { type Answer, exchange } from './exchange.ts'
import { openPair, type PairOptions } from './pair.ts'

/** Sends the same requests in turn to both servers and expects the same answers; returns those. */
export async function compare(
  settings: PairOptions,
  requests: readonly string[],
): Promise<readonly Answer[]> {
  const pair = await openPair(settings)
  try {
    const answers: Answer[] = []
    for (const request of requests) {
      const [stock] = (await exchange(pair.stock, request)) as Answer[]
      const [lane] = (await exchange(pair.lane, request)) as [Answer]
      expectSame(lane, stock)
      answers.push(lane)
    }
    return answers
  } finally {
    await pair.close()
  }
}

/** Headers that hold a time in seconds: the two servers read the clock at different moments. */
const OF_THE_CLOCK = ['ratelimit-reset', 'retry-after'] as const

function expectSame(lane: Answer, stock: Answer | undefined): void {
  expect(timeless(lane)).toEqual(stock && timeless(stock))
  for (const name of OF_THE_CLOCK) {
    const [ours, theirs] = [lane.headers[name], stock?.headers[name]]
    expect(ours === undefined).toBe(theirs === undefined)
    if (ours !== undefined) expect(Math.abs(Number(ours) - Number(theirs))).toBeLessThanOrEqual(2)
  }
}

function timeless(answer: Answer): Answer {
  const { 'ratelimit-reset': reset, 'retry-after': retry, etag, ...headers } = answer.headers
  return { ...answer, headers }
}
