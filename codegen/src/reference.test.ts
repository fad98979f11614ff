import { readFile } from 'node:fs/promises'
import { expect, it } from '@jest/globals'
import { DIAGNOSTICS } from './report/diagnostic.ts'
import { REFERENCE, tables, withTables } from './testing/reference-tables.ts'

it('the reference lists every command, option, diagnostic, rule and setting', async () => {
  const reference = await readFile(REFERENCE, 'utf8')
  for (const name of Object.keys(tables)) expect(reference).toContain(`<!-- table: ${name} -->`)
  // When this fails: node --conditions=@lexwright/source codegen/src/testing/reference-tables.ts
  expect(reference).toBe(withTables(reference))
  for (const code of Object.keys(DIAGNOSTICS)) expect(reference).toContain(`| \`${code}\` |`)
})
