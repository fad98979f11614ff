import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import type { AnyMethod } from '../server/adapter/xrpc-adapter.ts'
import { type Answer, exchange } from './exchange.ts'
import { openPair, type PairOptions } from './pair.ts'
import { documentsOf, methods } from './random-documents.ts'
import { packets } from './random-requests.ts'

export interface RandomRun {
  /** Sets of random documents; each gets 20 to 40 requests. */
  readonly documents: number
  readonly registry?: PairOptions['registry']
  /** Default random. A failure reports the seed that reproduces it. */
  readonly seed?: number
}

/**
 * Sends random requests for random documents, whose handlers return random answers, to the stock server and to the
 * lane.
 *
 * @returns the number of requests sent to each
 * @throws with the smallest case found that they answer differently
 */
export async function compareRandomCalls({
  documents,
  registry,
  seed,
}: RandomRun): Promise<number> {
  let sent = 0
  const sets = fc.array(packets, { minLength: 20, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(methods, sets, async (chosen, requests) => {
      const { answers } = chosen
      const registered = new Map<string, AnyMethod>([
        ['io.random.query', echo],
        ['io.random.procedure', echo],
        ['io.random.answer', ({ params }) => answers[params.n] as never],
        ['io.random.json', ({ req }) => answers[Number(req.get('X-Answer'))] as never],
      ])
      const pair = await openPair({
        ...(registry && { registry }),
        documents: documentsOf(chosen),
        handlers: () => registered,
      })
      try {
        for (const request of requests) {
          const [stock, lane] = await Promise.all([
            exchange(pair.stock, request),
            exchange(pair.lane, request),
          ])
          sent++
          deepStrictEqual(
            { request, answers: comparable(lane) },
            { request, answers: comparable(stock) },
          )
        }
      } finally {
        await pair.close()
      }
    }),
    { numRuns: documents, ...(seed !== undefined && { seed }) },
  )
  return sent
}

const echo: AnyMethod = ({ params, input }) => ({
  encoding: 'application/json',
  body: { seen: { params: params ?? null, input: input?.body ?? null } },
})

function comparable(answers: readonly (Answer | string)[]): unknown {
  return answers.map((answer) => {
    if (typeof answer === 'string') return answer
    const { etag, ...rest } = answer.headers
    return { ...answer, headers: rest }
  })
}
