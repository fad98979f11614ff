import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { ROOT } from './folders.ts'
import { readSource } from './source.ts'

const sources = ['codegen/src/**/*.ts', 'packages/*/src/**/*.ts', 'generated/types/**/*.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules'] }))
  .filter((path) => !path.includes('.test.') && !path.includes('/testing/'))
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n')

it('quotes messages as the programs print them', () => {
  const rows = readSource('docs/troubleshooting.md').matchAll(/^\| ([^|]+) \|/gm)
  const quoted = [...rows].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, text = '']) => text.split('…')),
  )
  const fragments = quoted.map((text) => text.trim()).filter((text) => text.length > 3)
  expect(fragments.length).toBeGreaterThan(20)
  expect(fragments.filter((fragment) => !sources.includes(fragment))).toEqual([])
})
