import { describe, expect, it } from '@jest/globals'
import { pairOf } from '../../../../codegen/src/testing/differential/compile.ts'
import { compareRandomCalls, type RandomRun } from '../testing/random-calls.ts'

describe.each([
  ['judged by the interpreter', {}],
  ['judged by generated validators', { registry: (docs) => pairOf(docs).compiled }],
] satisfies [string, Pick<RandomRun, 'registry'>][])(
  'random requests for random documents, %s',
  (_, settings) => {
    it('are answered as the stock server answers them', async () => {
      const sent = await compareRandomCalls({ ...settings, documents: 12 })
      expect(sent).toBeGreaterThanOrEqual(12 * 20)
    })
  },
)
