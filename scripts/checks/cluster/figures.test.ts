import { describe, expect, it } from '@jest/globals'
import type { Answer } from './calls.ts'
import { figuresOf, SETTLING_MS, wrongAnswers } from './figures.ts'

const answer = (
  at: number,
  status: number | undefined,
  retryAfter: string | null = '1',
): Answer => ({
  at,
  nsid: 'server.getSession',
  server: 'http://localhost:1',
  status,
  retryAfter,
})
const observe = (...answers: readonly Answer[]) => ({
  event: 'leader killed',
  answers,
  outages: [{ from: 1_000, to: 5_000 }],
  killed: ['http://localhost:1'],
})

describe('the answers during an event', () => {
  it('may be 503 only without a leader and shortly afterwards', () => {
    const during = [1_000, 5_000, 5_000 + SETTLING_MS].map((at) => answer(at, 503))
    expect(wrongAnswers(observe(answer(900, 200), ...during, answer(6_000, 401)))).toEqual([])
    for (const at of [999, 5_001 + SETTLING_MS]) {
      expect(wrongAnswers(observe(answer(at, 503)))).toHaveLength(1)
    }
  })

  it('are wrong as 503 without Retry-After, and as any other 5xx', () => {
    expect(wrongAnswers(observe(answer(2_000, 503, null), answer(2_000, 500)))).toEqual([
      'server.getSession answered 503 without Retry-After',
      'server.getSession answered 500',
    ])
  })

  it('may be missing only from a server that was killed', () => {
    const missing = answer(2_000, undefined)
    expect(wrongAnswers(observe(missing))).toEqual([])
    expect(wrongAnswers(observe({ ...missing, server: 'http://localhost:2' }))).toEqual([
      'server.getSession had no answer',
    ])
  })

  it('give the figures of an event', () => {
    const answers = [answer(900, 200), answer(1_500, undefined), answer(3_000, 503)]
    expect(figuresOf(observe(...answers, answer(5_500, 503), answer(6_900, 200)))).toEqual({
      event: 'leader killed',
      leaderless: 4,
      silence: 6,
      settling: 0.5,
      answered: 2,
      refused: 2,
      lost: 1,
    })
  })
})
