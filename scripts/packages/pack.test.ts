import { describe, expect, it } from '@jest/globals'
import { closure, type Packed } from './pack.ts'

/** Packages by what they need. */
const packed = Object.entries({ a: ['b'], b: ['c'], c: ['b'], d: [] }).map(
  ([name, needs]): Packed => ({
    manifest: {
      name: `@lexwright/${name}`,
      version: '1.0.0',
      exports: {},
      dependencies: Object.fromEntries(
        [...needs.map((need) => `@lexwright/${need}`), 'pg'].map((need) => [need, '1']),
      ),
    },
    folder: name,
    tarball: `${name}.tgz`,
    contents: name,
    files: [],
  }),
)

describe('closure', () => {
  it('is what is asked for and all of ours that it needs, once', () => {
    const asked = closure(packed, ['@lexwright/a', '@lexwright/c'])
    expect(asked.map(({ tarball }) => tarball)).toEqual(['a.tgz', 'b.tgz', 'c.tgz'])
    expect(closure(packed, [])).toEqual([])
  })

  it('does not leave out what is not there', () => {
    expect(() => closure(packed, ['@lexwright/a', '@lexwright/x'])).toThrow(
      'There is no package @lexwright/x here',
    )
  })
})
