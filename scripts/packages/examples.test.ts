import { readdir, readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { readManifest } from './packages.ts'

const examples = join(import.meta.dirname, '..', '..', 'examples')
const entries = await readdir(examples, { withFileTypes: true })
const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)

/** Type packages that the declarations of `@atproto/xrpc-server` or `@lexwright/xrpc` refer to. */
const TYPES = ['@types/express', '@types/node', '@types/ws']

/** The packages that a module imports. */
function imported(text: string): string[] {
  const specifiers = text.matchAll(/\b(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)
  return [...specifiers]
    .map(([, specifier = '']) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '')
    .filter((name) => !isBuiltin(name))
}

// `npm run verify:install` installs all examples at once, where one could use what another declares.
describe.each(names)('examples/%s', (name) => {
  it('declares what it needs', async () => {
    const folder = join(examples, name)
    const { dependencies, devDependencies } = readManifest(folder)
    const declared = new Set([
      ...Object.keys(dependencies ?? {}),
      ...Object.keys(devDependencies ?? {}),
    ])
    const needed = new Set<string>()
    for (const path of await readdir(folder, { recursive: true })) {
      if (!/\.[jt]s$/.test(path) || path.includes('node_modules')) continue
      for (const found of imported(await readFile(join(folder, path), 'utf8'))) needed.add(found)
    }
    const isTyped = [...needed].some((each) => each.startsWith('@lexwright/'))
    const all = [...needed, ...(isTyped ? TYPES : ['@types/node'])]
    expect(all.filter((each) => !declared.has(each))).toEqual([])
    expect(needed.size).toBeGreaterThan(0)
  })
})
