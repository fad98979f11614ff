import { describe, expect, it } from '@jest/globals'
import { closure, type Tarball } from './pack.ts'

const tarballs = new Map<string, Tarball>(
  Object.entries({ a: ['b'], b: ['c'], c: ['b'], d: [] }).map(([name, needs]) => [
    name,
    { name, path: `${name}.tgz`, needs },
  ]),
)

describe('closure', () => {
  it('is what is asked for and all that it needs, once', () => {
    expect(closure(tarballs, ['a', 'c']).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(closure(tarballs, [])).toEqual([])
  })

  it('does not leave out what is not there', () => {
    expect(() => closure(tarballs, ['a', 'x'])).toThrow('There is no package x here')
  })
})
