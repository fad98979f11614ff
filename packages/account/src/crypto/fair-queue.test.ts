import { describe, expect, it } from '@jest/globals'
import { createFairQueue } from './fair-queue.ts'

/** A queue, the order in which work was started, and a way to finish running work. */
function setup(options = { concurrency: 1, maxWaiting: 8, maxShare: 3 }) {
  const queue = createFairQueue(options)
  const served: string[] = []
  const finishing: (() => void)[] = []
  const add = (caller: string | null, name: string): Promise<void> =>
    queue.run(caller, async () => {
      served.push(name)
      await new Promise<void>((resolve) => finishing.push(resolve))
    })
  const finishAll = async () => {
    while (queue.pending > 0) {
      finishing.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { queue, served, add, finishAll }
}

describe('createFairQueue', () => {
  it('serves callers in turn, however much each has queued', async () => {
    const { served, add, finishAll } = setup()
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2', 'b2']) {
      void add(name.charAt(0), name)
    }
    await finishAll()
    expect(served).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'c2', 'a4'])
  })

  it('limits a caller to its share of the queue', async () => {
    const { queue, add, finishAll } = setup()
    for (let n = 0; n < 4; n++) {
      expect(queue.hasRoom('flood')).toBe(true)
      void add('flood', `${n}`)
    }
    expect(queue.hasRoom('flood')).toBe(false)
    expect(queue.hasRoom('another')).toBe(true)
    await finishAll()
    expect(queue.hasRoom('flood')).toBe(true)
  })

  it('is full once all callers together have filled it', () => {
    const { queue, add } = setup()
    for (let n = 0; n < 9; n++) void add(`${n}`, `${n}`)
    expect(queue.pending).toBe(9)
    expect(queue.hasRoom('another')).toBe(false)
    expect(queue.hasRoom(null)).toBe(false)
  })

  it('does not limit work without a caller to a share', async () => {
    const { queue, served, add, finishAll } = setup()
    for (let n = 0; n < 9; n++) {
      expect(queue.hasRoom(null)).toBe(true)
      void add(null, `${n}`)
    }
    expect(queue.hasRoom(null)).toBe(false)
    await finishAll()
    expect(served).toHaveLength(9)
  })

  it('uses every slot at once and continues after a failure', async () => {
    const { queue } = setup({ concurrency: 2, maxWaiting: 2, maxShare: 1 })
    const fail = () => queue.run('a', () => Promise.reject(new Error('no')))
    const results = await Promise.allSettled([fail(), fail(), queue.run('b', async () => 'yes')])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
    expect(queue.pending).toBe(0)
  })
})
