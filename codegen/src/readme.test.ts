import { readFile } from 'node:fs/promises'
import { expect, it } from '@jest/globals'
import { DIAGNOSTICS } from './report/diagnostic.ts'
import { README, withTables } from './testing/readme-tables.ts'

it('the README has every diagnostic, rule and setting', async () => {
  const readme = await readFile(README, 'utf8')
  expect(readme.match(/<!-- table: \S+ -->/g)).toHaveLength(4)
  // When this fails: node --conditions=@lexwright/source codegen/src/testing/readme-tables.ts
  expect(readme).toBe(withTables(readme))
  for (const code of Object.keys(DIAGNOSTICS)) expect(readme).toContain(`| \`${code}\` |`)
})
