import type { Client } from 'pg'
import { median, percentile } from '../account/load.ts'
import { table } from '../figures.ts'
import { type Answer, type Calls, openCalls } from './calls.ts'
import { findPeople, type Person, pickNumbers } from './people.ts'
import { startService } from './service.ts'

/** A database to compare, with accounts to use. */
export interface Subject {
  readonly accounts: number
  readonly url: string
  readonly client: Client
}

const ROUNDS = 5
const SECONDS = 1.2
const CALLERS = 4
/** Calls per round with hashes of full cost, each of which takes most of a second. */
const HASHED_CALLS = 6
const PEOPLE = 20_000

interface Group {
  readonly any: readonly Person[]
  /** Accounts with a cheap password hash. */
  readonly cheap: readonly Person[]
  /** Accounts whose session has a full history. */
  readonly refreshing: readonly Person[]
}

interface Operation {
  readonly name: string
  readonly from: keyof Group
  readonly call: (calls: Calls, person: Person) => Promise<Answer>
}

const OPERATIONS: readonly Operation[] = [
  { name: '`account.get`', from: 'any', call: (calls, person) => calls.getAccount(person) },
  { name: '`getSession`', from: 'any', call: (calls, person) => calls.getSession(person) },
  {
    name: '`resolveHandle`: a lookup by handle',
    from: 'any',
    call: (calls, person) => calls.resolveHandle(person),
  },
  {
    name: '`createSession` by handle, hash at cost 4',
    from: 'cheap',
    call: (calls, person) => calls.logIn(person, 'handle'),
  },
  {
    name: '`createSession` by email, hash at cost 4',
    from: 'cheap',
    call: (calls, person) => calls.logIn(person, 'email'),
  },
  { name: '`refreshSession`', from: 'refreshing', call: (calls, person) => calls.refresh(person) },
]

const LOG_IN: Operation = {
  name: '`createSession`, hash at cost 12',
  from: 'any',
  call: (calls, person) => calls.logIn(person, 'handle'),
}

/** Compares the latencies of calls on two databases of one server, alternately. */
export async function compareLatencies(
  folder: string,
  subjects: readonly Subject[],
): Promise<readonly string[]> {
  const quick = await measure(folder, subjects, { cost: 4, operations: OPERATIONS })
  const hashed = await measure(folder, subjects, { cost: 12, operations: [LOG_IN] })
  const head = subjects.map(({ accounts }) => accounts.toLocaleString('en'))
  return table(
    [
      'Call',
      ...head.map((name) => `${name}: median ms`),
      'ratio',
      ...head.map((name) => `${name}: p99 ms`),
      'ratio',
    ],
    [...quick, ...hashed].map(({ name, samples }) => {
      const medians = samples.map((values) => median(values))
      const tails = samples.map((values) => percentile(values, 0.99))
      return [name, ...cells(medians), ...cells(tails)]
    }),
  )
}

function cells(values: readonly number[]): readonly string[] {
  const [small = Number.NaN, large = Number.NaN] = values
  return [...values.map((value) => value.toFixed(2)), (large / small).toFixed(2)]
}

interface Measured {
  readonly name: string
  /** Latencies per subject, in milliseconds. */
  readonly samples: readonly (readonly number[])[]
}

async function measure(
  folder: string,
  subjects: readonly Subject[],
  { cost, operations }: { readonly cost: number; readonly operations: readonly Operation[] },
): Promise<readonly Measured[]> {
  const running = []
  for (const { accounts, url, client } of subjects) {
    const service = await startService(folder, url, {
      PDS_PASSWORD_HASH_COST: String(cost),
      PDS_RATE_LIMITS_ENABLED: 'false',
    })
    const pick = async (modulus: number, rest: number) =>
      new Turn(await findPeople(client, pickNumbers(accounts, { count: PEOPLE, modulus, rest })))
    const people = {
      any: await pick(10, 3),
      cheap: await pick(10, 1),
      refreshing: await pick(20, 0),
    }
    running.push({ service, people, calls: openCalls(service.url, CALLERS) })
  }
  const measured = operations.map(({ name }) => ({
    name,
    samples: subjects.map((): number[] => []),
  }))
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, { from, call }] of operations.entries()) {
      for (const [which, { people, calls }] of running.entries()) {
        const times = await inTurn(
          () => call(calls, people[from].next()),
          cost > 4 ? { calls: HASHED_CALLS, callers: 1 } : { seconds: SECONDS, callers: CALLERS },
        )
        if (round > 0) measured[index]?.samples[which]?.push(...times)
      }
    }
  }
  for (const { service, calls } of running) {
    await calls.close()
    await service.signal('SIGTERM')
  }
  return measured
}

interface Extent {
  readonly callers: number
  readonly seconds?: number
  readonly calls?: number
}

async function inTurn(
  call: () => Promise<Answer>,
  { callers, seconds = Number.POSITIVE_INFINITY, calls = Number.POSITIVE_INFINITY }: Extent,
): Promise<readonly number[]> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  let begun = 0
  const one = async (): Promise<void> => {
    while (performance.now() < end && begun++ < calls) {
      const began = performance.now()
      const { status, body } = await call()
      if (status !== 200) throw new Error(`${status}: ${body}`)
      times.push(performance.now() - began)
    }
  }
  await Promise.all(Array.from({ length: callers }, one))
  return times
}

/** Returns the people in turn. */
export class Turn {
  readonly #people: readonly Person[]
  #at = 0

  constructor(people: readonly Person[]) {
    if (people.length === 0) throw new Error('There are no such accounts')
    this.#people = people
  }

  next(): Person {
    const person = this.#people[this.#at++ % this.#people.length]
    if (person === undefined) throw new Error('There are no such accounts')
    return person
  }
}
