import { parseArgs } from 'node:util'
import fc from 'fast-check'
import {
  emptyTally,
  property,
  VALUES_PER_RUN,
} from '../../codegen/src/testing/differential/fuzz.ts'

/**
 * Compares generated validators with the library over any number of random documents and values: `node
 * --conditions=@lexwright/source scripts/checks/differential.ts --cases 5000000 --seed 1`
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
})
const cases = Number(values.cases)
const seed = Number(values.seed)
if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(seed)) {
  throw new TypeError('--cases and --seed take whole numbers')
}

const BATCH = 100_000
const tally = emptyTally()
const started = performance.now()
console.log(`seed ${seed}, ${cases} cases`)
for (let batch = 0; tally.cases < cases; batch++) {
  const runs = Math.ceil(Math.min(BATCH, cases - tally.cases) / VALUES_PER_RUN)
  // A seed per batch, so that a batch can be repeated alone.
  const options = { seed: seed + batch, numRuns: runs }
  fc.assert(property(tally), options)
  const seconds = Math.round((performance.now() - started) / 1000)
  const { accepted, changed } = tally
  console.log(`${tally.cases} cases, ${accepted} accepted, ${changed} changed, ${seconds} s`)
}
console.log('No difference.')
