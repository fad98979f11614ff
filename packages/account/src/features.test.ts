import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'

const SOURCE = import.meta.dirname
const read = (path: string): string => readFileSync(`${SOURCE}/${path}`, 'utf8')

/** The folder of each store, by its property name in a transaction. */
function storeFolders(): ReadonlyMap<string, string> {
  const text = read('store.ts')
  const folders = new Map<string, string>()
  for (const [, imported = '', folder = ''] of text.matchAll(
    /^import \{([^}]*)\} from '\.\/(\S+)\//gm,
  )) {
    const [, type = ''] = /type (\w+Store)\b/.exec(imported) ?? []
    const [, name = ''] = new RegExp(`^  readonly (\\w+): ${type}$`, 'm').exec(text) ?? []
    if (type !== '') folders.set(name, folder)
  }
  return folders
}

/** Shared by every feature: the account row, the audit log and the outbox. */
const SHARED = ['db', 'mail']

describe('features', () => {
  // The layer check sees imports only, and a transaction exposes every store.
  it("use another's service but not its store", () => {
    const folders = storeFolders()
    expect([...folders.keys()]).toEqual(expect.arrayContaining(['sessions', 'invites', 'outbox']))
    const strangers = globSync('*/**/*.ts', { cwd: SOURCE })
      .filter((path) => !path.endsWith('.test.ts'))
      .flatMap((path) =>
        [...read(path).matchAll(/\b(?:tx|store)\.(\w+)/g)].flatMap(([use, name = '']) => {
          const folder = folders.get(name)
          const isOwn = folder === undefined || path.startsWith(`${folder}/`)
          return isOwn || SHARED.includes(folder) ? [] : [`${path}: ${use}`]
        }),
      )
    expect(strangers).toEqual([])
  })
})
