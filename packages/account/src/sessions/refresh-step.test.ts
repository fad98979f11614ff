import { describe, expect, it } from '@jest/globals'
import { HISTORY_LENGTH, type RefreshStep, refreshStep } from './refresh-step.ts'

const grace = 30
const at = new Date('2026-03-01T12:00:00.000Z')
const ago = (seconds: number): number => at.getTime() - seconds * 1000

/** A family that rotated from `c` to `d` ten seconds ago, with older tokens. */
const family = {
  refreshJti: 'd',
  isUsed: false,
  history: [
    { jti: 'c', at: ago(10) },
    { jti: 'b', at: ago(30) },
    { jti: 'a', at: ago(31) },
  ],
}
const step = (jti: string, changes: Partial<typeof family> = {}): RefreshStep =>
  refreshStep({ ...family, ...changes }, { jti, at, grace })

describe('refreshStep', () => {
  it('rotates the current token and puts it first in the history', () => {
    const history = [{ jti: 'd', at: ago(0) }, ...family.history]
    expect(step('d')).toEqual({ kind: 'rotate', history, onlyUnused: false })
    expect(step('d', { isUsed: true })).toMatchObject({ kind: 'rotate' })
  })

  it.each(['b', 'c'])(
    'repeats for %s, rotated away within the grace period, of any generation',
    (jti) => {
      expect(step(jti)).toEqual({ kind: 'repeat' })
      expect(step(jti, { isUsed: true })).toEqual({ kind: 'repeat' })
    },
  )

  it('treats an older or unknown token as reuse', () => {
    expect(step('a')).toEqual({ kind: 'reuse' })
    expect(step('z')).toEqual({ kind: 'reuse' })
    expect(step('z', { history: [] })).toEqual({ kind: 'reuse' })
  })

  it('rotates the predecessor again after the grace period, dropping an unused successor', () => {
    const history = [
      { jti: 'c', at: ago(31) },
      { jti: 'b', at: ago(60) },
    ]
    expect(step('c', { history })).toEqual({
      kind: 'rotate',
      history: [
        { jti: 'c', at: ago(0) },
        { jti: 'b', at: ago(60) },
      ],
      onlyUnused: true,
    })
    expect(step('c', { history, isUsed: true })).toEqual({ kind: 'reuse' })
    expect(step('b', { history })).toEqual({ kind: 'reuse' })
  })

  it('keeps a bounded history', () => {
    const history = Array.from({ length: HISTORY_LENGTH }, (_, n) => ({ jti: `${n}`, at: ago(n) }))
    const { history: remembered } = step('d', { history }) as { history: readonly unknown[] }
    expect(remembered).toHaveLength(32)
    expect(remembered.at(-1)).toEqual(history.at(-2))
  })
})
