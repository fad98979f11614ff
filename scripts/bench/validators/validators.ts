import { reportLoading } from './loading.ts'
import { lastResult, measure, type Subject } from './measure.ts'
import { type Peer, peers } from './peers.ts'
import { reportSize } from './size.ts'
import { accountInputs, postRecords, timelines } from './values.ts'

type Kind = 'account' | 'post' | 'timeline'

/** Prints the cost of validation with this project's validators and with others, on the same values. */
export async function run(): Promise<void> {
  const all = await peers()
  const values = { account: accountInputs(16), post: postRecords(16), timeline: timelines(4) }
  for (const peer of all) {
    for (const kind of ['account', 'post', 'timeline'] as const) {
      for (const value of values[kind]) peer[kind](value)
    }
  }
  await reportAccepting(all, values)
  reportRejecting(all, values)
  await reportLoading()
  await reportSize()
  if (lastResult() === values) throw new Error('Nothing was measured')
}

async function reportAccepting(
  all: readonly Peer[],
  values: Readonly<Record<Kind, readonly object[]>>,
): Promise<void> {
  const stringify: Subject = { name: 'JSON.stringify', run: (value) => JSON.stringify(value) }
  const columns = (['account', 'post', 'timeline'] as const).map((kind) => {
    const subjects = all.map((peer): Subject => ({ name: peer.name, run: peer[kind] }))
    return measure([...subjects, stringify], values[kind])
  })
  console.log(
    'Accepting a value, median processor time of a call; in brackets, how many times ours.\n',
  )
  console.log('| | account.create input | feed.post record | getTimeline output, 50 posts |')
  console.log('|---|---:|---:|---:|')
  for (const { name } of [...all, stringify]) {
    const cells = columns.map((times) => cell(times.get(name), times.get('lexwright')))
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}

function cell(time = Number.NaN, ours = Number.NaN): string {
  const shown =
    time < 10_000 ? `${time.toFixed(time < 100 ? 1 : 0)} ns` : `${(time / 1000).toFixed(1)} µs`
  return time === ours || Number.isNaN(ours) ? shown : `${shown} (${(time / ours).toFixed(1)}×)`
}

function reportRejecting(
  all: readonly Peer[],
  values: Readonly<Record<Kind, readonly object[]>>,
): void {
  const wrong: Record<Kind, readonly object[]> = {
    account: values.account.map((value) => ({ ...value, password: 7 })),
    post: values.post.map((value) => ({ ...value, createdAt: 'yesterday' })),
    timeline: structuredClone(values.timeline).map((value) => {
      const { feed } = value as { feed: { post: object }[] }
      Object.assign(feed[feed.length - 1]?.post ?? {}, { indexedAt: 'yesterday' })
      return value
    }),
  }
  const refusing = (peer: Peer, kind: Kind): Subject => ({
    name: peer.name,
    run: (value) => {
      try {
        return peer[kind](value)
      } catch (error) {
        return error
      }
    },
  })
  const both = all.filter(({ name }) => name === 'lexwright' || name === '@atproto/lexicon')
  console.log('\nRejecting a value for its last field.\n')
  console.log('| | ours | @atproto/lexicon alone | ratio |')
  console.log('|---|---:|---:|---:|')
  for (const kind of ['account', 'post', 'timeline'] as const) {
    const times = measure(
      both.map((peer) => refusing(peer, kind)),
      wrong[kind],
    )
    const [ours = Number.NaN, base = Number.NaN] = [...times.values()]
    console.log(`| ${kind} | ${cell(ours)} | ${cell(base)} | ${(ours / base).toFixed(2)} |`)
  }
}
