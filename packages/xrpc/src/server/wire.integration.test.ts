import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { pairOf } from '../../../../codegen/src/testing/differential/compile.ts'
import { answerCases } from '../testing/cases-answers.ts'
import { authCases } from '../testing/cases-auth.ts'
import { bodyCases } from '../testing/cases-bodies.ts'
import { paramCases } from '../testing/cases-params.ts'
import { routingCases } from '../testing/cases-routing.ts'
import { expectEveryCase } from '../testing/every-case.ts'
import { type Answer, exchange } from '../testing/exchange.ts'
import { handlers, seeArguments } from '../testing/handlers.ts'
import { openPair, type Pair, rateLimited } from '../testing/pair.ts'

const cases = { ...routingCases, ...paramCases, ...bodyCases, ...answerCases, ...authCases }

/** An intended difference: plain JSON has no ETag. Everything else has Express's. */
function withoutEtagOfJson(answers: readonly (Answer | string)[]): readonly (Answer | string)[] {
  return answers.map((answer) => {
    if (typeof answer === 'string' || !isPlainJson(answer)) return answer
    const { etag, ...headers } = answer.headers
    return { ...answer, headers }
  })
}

function isPlainJson({ status, headers }: Answer): boolean {
  return (
    status === 'HTTP/1.1 200 OK' && headers['content-type'] === 'application/json; charset=utf-8'
  )
}

describe.each([
  ['as configured by default', {}],
  [
    'without response validation',
    { options: () => ({ ...rateLimited(), validateResponse: false }) },
  ],
  ['with generated validators', { registry: (docs) => pairOf(docs).compiled }],
  ['with handlers that look at no message', { handlers: () => handlers(seeArguments) }],
  ['behind a trusted proxy', { arrange: ({ router }) => router.set('trust proxy', 1) }],
] satisfies [string, Parameters<typeof openPair>[0]][])('the wire, %s', (_, settings) => {
  let pair: Pair
  beforeAll(async () => {
    pair = await openPair(settings)
  })
  afterAll(() => pair.close())

  it('is identical to the stock server in every case', async () => {
    await expectEveryCase(cases, async (request, name) => {
      const [stock, lane] = await Promise.all([
        exchange(pair.stock, request),
        exchange(pair.lane, request),
      ])
      expect(withoutEtagOfJson(lane)).toEqual(withoutEtagOfJson(stock))
      // A stream that fails before anything is sent breaks the connection.
      if (!name.endsWith('brokenStream')) expect(stock).not.toEqual([])
    })
  })
})
