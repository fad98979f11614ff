import { live, type Person, type Surroundings, verify } from './person.ts'

/** Accounts used concurrently. */
const CONCURRENCY = 10

/** Takes accounts through their lives, several concurrently, until stopped. */
export interface Load {
  /** Resolves with all accounts once each has reached the end of its life. */
  stop(): Promise<readonly Person[]>
}

/** @param prefix of handles and addresses, unlike that of any other load. */
export function startLoad(prefix: string, around: Surroundings): Load {
  const people: Person[] = []
  let isOver = false
  let number = 0
  const lines = Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      while (!isOver) people.push(await live(number++, prefix, around))
    }),
  )
  // Reported by `stop`.
  lines.catch(() => {})
  return {
    stop: async () => {
      isOver = true
      await lines
      return people
    },
  }
}

/** Verifies the answers to every account. */
export async function verifyAll(people: readonly Person[], around: Surroundings): Promise<void> {
  const left = [...people]
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let person = left.pop(); person !== undefined; person = left.pop()) {
        await verify(person, around)
      }
    }),
  )
}
