import { describe, expect, it } from '@jest/globals'
import { closure, type Packed } from './pack.ts'

/** Packages with their dependencies. */
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
  it('contains the requested packages and their dependencies in the workspace, each once', () => {
    const asked = closure(packed, ['@lexwright/a', '@lexwright/c'])
    expect(asked.map(({ tarball }) => tarball)).toEqual(['a.tgz', 'b.tgz', 'c.tgz'])
    expect(closure(packed, [])).toEqual([])
  })

  it('fails for a missing package', () => {
    expect(() => closure(packed, ['@lexwright/a', '@lexwright/x'])).toThrow(
      'There is no package @lexwright/x here',
    )
  })
})
