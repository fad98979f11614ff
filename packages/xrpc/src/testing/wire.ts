import { deepStrictEqual, ok } from 'node:assert/strict'
import { pairOf } from '../../../../codegen/src/testing/differential/compile.ts'
import { answerCases } from './cases-answers.ts'
import { authCases } from './cases-auth.ts'
import { bodyCases } from './cases-bodies.ts'
import { paramCases } from './cases-params.ts'
import { routingCases } from './cases-routing.ts'
import { expectEveryCase } from './every-case.ts'
import { type Answer, exchange } from './exchange.ts'
import { handlers, seeArguments } from './handlers.ts'
import { openPair, type PairOptions, rateLimited } from './pair.ts'

type Cases = Readonly<Record<string, string>>

/** Every case of the wire. */
export const wireCases: Cases = {
  ...routingCases,
  ...paramCases,
  ...bodyCases,
  ...answerCases,
  ...authCases,
}

/** A configuration of both servers. */
export interface WireSettings {
  readonly name: string
  readonly settings: PairOptions
  /** The cases that take a different path through the lane under these settings than by default. */
  readonly cases: Cases
}

export const wireSettings: readonly WireSettings[] = [
  { name: 'as configured by default', settings: {}, cases: wireCases },
  {
    name: 'without response validation',
    settings: { options: () => ({ ...rateLimited(), validateResponse: false }) },
    cases: answerCases,
  },
  {
    name: 'with generated validators',
    settings: { registry: (docs) => pairOf(docs).compiled },
    cases: { ...paramCases, ...bodyCases, ...answerCases },
  },
  {
    name: 'with handlers that look at no message',
    settings: { handlers: () => handlers(seeArguments) },
    cases: { ...paramCases, ...bodyCases, ...authCases },
  },
  {
    name: 'behind a trusted proxy',
    settings: { arrange: ({ router }) => router.set('trust proxy', 1) },
    cases: routingCases,
  },
]

/**
 * Sends every case to the stock server and to the lane.
 *
 * @throws an error that lists every case answered differently
 */
export async function compareWire(settings: PairOptions, cases: Cases): Promise<void> {
  const pair = await openPair(settings)
  try {
    await expectEveryCase(cases, async (request, name) => {
      const [stock, lane] = await Promise.all([
        exchange(pair.stock, request),
        exchange(pair.lane, request),
      ])
      deepStrictEqual(withoutEtagOfJson(lane), withoutEtagOfJson(stock))
      // A stream that fails before anything is sent breaks the connection.
      if (!name.endsWith('brokenStream')) ok(stock.length > 0, 'there is no answer')
    })
  } finally {
    await pair.close()
  }
}

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
