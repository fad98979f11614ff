/**
 * Checks that the time of a refusal does not reveal which kind of hash an account has, or that there is none. Compares
 * them on an idle machine, and fails if two differ by far more than a measurement error.
 *
 *     node --conditions=@lexwright/source scripts/checks/hashing-times.ts
 */
import { hashSync } from 'bcryptjs'
import { createPasswordHasher } from '../../packages/account/src/crypto/password-hasher.ts'

const ROUNDS = 30
const pepper = 'a pepper that is long enough for its purpose'

/** The difference between the minimum times of both, which excludes disturbances. */
async function ratioOf(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<number> {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, work] of [one, other].entries()) {
      const started = performance.now()
      await work()
      least[index] = Math.min(least[index] ?? 0, performance.now() - started)
    }
  }
  return (least[0] ?? 0) / (least[1] ?? 0)
}

const hasher = createPasswordHasher({ pepper, cost: 10, threads: 1 })
const own = await hasher.hash('correct horse', null)
const cheap = hashSync('correct horse', 4)
const official = `${'0'.repeat(32)}:${'0'.repeat(128)}`

const refusals: Readonly<Record<string, () => Promise<unknown>>> = {
  'a hash of the official PDS': () => hasher.verify('wrong', official, null),
  'a cheap imported hash': () => hasher.verify('wrong', cheap, null),
  'a name that does not exist': () => hasher.verifyDummy('wrong', null),
}
try {
  for (const [name, refuse] of Object.entries(refusals)) {
    const ratio = await ratioOf(refuse, () => hasher.verify('wrong', own, null))
    const isAlike = ratio > 0.6 && ratio < 1.7
    if (!isAlike) process.exitCode = 1
    console.log(
      `${isAlike ? 'alike    ' : 'DIFFERENT'}  ${name}: ${ratio.toFixed(2)} times as long`,
    )
  }
} finally {
  await hasher.close()
}
