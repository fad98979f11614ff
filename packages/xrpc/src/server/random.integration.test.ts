import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { pairOf } from '../../../../codegen/src/testing/differential/compile.ts'
import { type Answer, exchange } from '../testing/exchange.ts'
import { openPair, type PairOptions } from '../testing/pair.ts'
import { documentsOf, methods } from '../testing/random-documents.ts'
import { packets } from '../testing/random-requests.ts'
import type { AnyMethod } from './adapter/xrpc-adapter.ts'

/** Random documents, random requests for what is in them, and random answers of handlers, on both servers. */

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

describe.each([
  ['judged by the interpreter', {}],
  ['judged by generated validators', { registry: (docs) => pairOf(docs).compiled }],
] satisfies [string, PairOptions][])('random requests for random documents, %s', (_, settings) => {
  it('are answered as the stock server answers them', async () => {
    await fc.assert(
      fc.asyncProperty(
        methods,
        fc.array(packets, { minLength: 20, maxLength: 40 }),
        async (m, all) => {
          const registered = new Map<string, AnyMethod>([
            ['io.random.query', echo],
            ['io.random.procedure', echo],
            ['io.random.answer', ({ params }) => m.answers[params.n] as never],
            ['io.random.json', ({ req }) => m.answers[Number(req.get('X-Answer'))] as never],
          ])
          const pair = await openPair({
            ...settings,
            documents: documentsOf(m),
            handlers: () => registered,
          })
          try {
            for (const one of all) {
              const [stock, lane] = await Promise.all([
                exchange(pair.stock, one),
                exchange(pair.lane, one),
              ])
              expect({ one, answers: comparable(lane) }).toEqual({
                one,
                answers: comparable(stock),
              })
            }
          } finally {
            await pair.close()
          }
        },
      ),
      { numRuns: 25 },
    )
  })
})
