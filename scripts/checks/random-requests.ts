/**
 * Sends random requests for random documents to the stock server and to the lane. Fails at the first difference
 * between their answers.
 *
 *     node --conditions=@lexwright/source scripts/checks/random-requests.ts [requests [seed]]
 */
import { pairOf } from '../../codegen/src/testing/differential/compile.ts'
import { compareRandomCalls } from '../../packages/xrpc/src/testing/random-calls.ts'

const requests = Number(process.argv[2] ?? 90_000)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31))
if (!Number.isSafeInteger(requests) || !Number.isSafeInteger(seed)) {
  throw new TypeError('requests and seed are whole numbers')
}

/** Documents per batch: a few thousand requests between two lines of progress. */
const DOCUMENTS_AT_ONCE = 100
let sent = 0
for (let batch = 0; sent < requests; batch++) {
  // The interpreter and generated validators alternate.
  const judge = batch % 2 === 0 ? {} : { registry: (docs: Docs) => pairOf(docs).compiled }
  const run = { ...judge, documents: DOCUMENTS_AT_ONCE, seed: seed + batch }
  sent += await compareRandomCalls(run)
  console.log(`${sent} of ${requests} requests are answered alike (seed ${seed + batch})`)
}

type Docs = Parameters<typeof pairOf>[0]
