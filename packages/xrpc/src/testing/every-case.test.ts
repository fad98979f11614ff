import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { expectEveryCase } from './every-case.ts'

describe('expectEveryCase', () => {
  it('checks every case, even after a failure', async () => {
    const seen: [string, number][] = []
    const run = expectEveryCase({ a: 1, b: 2, c: 3 }, (value, name) => {
      seen.push([name, value])
      expect(value).toBe(0)
    })
    await expect(run).rejects.toThrow('3 of 3 cases failed')
    expect(seen).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
  })

  it('lists exactly the failed cases with what was expected and received', async () => {
    const run = expectEveryCase({ first: 1, second: 2, third: 3 }, async (value) => {
      await null
      expect(value).toBe(2)
    })
    const { message } = await run.then(
      () => new Error('did not fail'),
      (error: Error) => error,
    )
    const text = stripVTControlCharacters(message)
    expect(text).toMatch(/^2 of 3 cases failed:.*✕ first\n.*✕ third\n/s)
    expect(text).toMatch(/Expected: 2\nReceived: 1\n.*Expected: 2\nReceived: 3/s)
    expect(text).not.toContain('second')
  })

  it('passes when every case does', async () => {
    await expectEveryCase({ a: 1, b: 1 }, (value) => expect(value).toBe(1))
  })

  it('fails for an empty table', async () => {
    await expect(expectEveryCase({}, () => {})).rejects.toThrow('has no cases')
  })
})
