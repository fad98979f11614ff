import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { type Tally, tallyOf } from './summary.ts'

const folder = mkdtempSync(join(tmpdir(), 'summary-'))
afterAll(() => rmSync(folder, { recursive: true }))

function tallyOfTests(text: string, ...options: string[]): Tally {
  const file = join(folder, 'a.test.mjs')
  writeFileSync(file, `import { test } from 'node:test'\n${text}`)
  const { NODE_OPTIONS: _, ...env } = process.env
  const { stdout, status } = spawnSync(process.execPath, ['--test', ...options, file], {
    encoding: 'utf8',
    env,
  })
  return tallyOf(stdout, status)
}

describe('tallyOf', () => {
  it.each(['spec', 'tap'])('counts the tests of a run, reported as %s', (reporter) => {
    const option = `--test-reporter=${reporter}`
    expect(tallyOfTests(`test('a', () => {}); test('b', () => {})`, option)).toEqual({
      passed: 2,
      failed: 0,
    })
    expect(
      tallyOfTests(`test('a', () => {}); test('b', () => { throw new Error('no') })`, option),
    ).toEqual({ passed: 1, failed: 1 })
  })

  it('counts a skipped test as failed', () => {
    expect(tallyOfTests(`test('a', () => {}); test.skip('b', () => {})`)).toEqual({
      passed: 1,
      failed: 1,
    })
  })

  it.each(['spec', 'tap'])('counts a file without tests as failed, in %s', (reporter) => {
    const option = `--test-reporter=${reporter}`
    expect(tallyOfTests('', option)).toEqual({ passed: 0, failed: 1 })
  })

  it('counts a run that did not reach its tests', () => {
    expect(tallyOfTests(`await import('./missing.mjs')`)).toEqual({ passed: 0, failed: 1 })
    expect(tallyOf('sh: node: not found', 127)).toEqual({ passed: 0, failed: 1 })
    expect(tallyOf('', 0)).toEqual({ passed: 0, failed: 1 })
  })
})
