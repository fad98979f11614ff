import { readFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import { lexicons } from '@lexwright/generated/lexicons'
import { AccountError } from '../../packages/account/src/errors.ts'
import * as publicFace from '../../packages/account/src/index.ts'
import { REFERENCE, tables, withAccountTables } from './account-tables.ts'
import { casesOf, membersOf, readSource } from './source.ts'

const reference = await readFile(REFERENCE, 'utf8')
const ACCOUNT = 'packages/account/src'

/** The rows of the first table with a heading in a page, by first cell. */
function rows(heading: string, page = reference): ReadonlyMap<string, readonly string[]> {
  const from = page.indexOf(`\n| ${heading} |`)
  expect(from).toBeGreaterThan(0)
  const [text = ''] = page.slice(from + 1).split('\n\n')
  const lines = text.split('\n').slice(2)
  return new Map(
    lines.map((line) => {
      const [name = '', ...rest] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
      return [name.replaceAll('`', ''), rest]
    }),
  )
}

describe('the account reference', () => {
  it('has every table as generated from the source', () => {
    for (const name of Object.keys(tables)) expect(reference).toContain(`<!-- table: ${name} -->`)
    // When this fails: node --conditions=@lexwright/source scripts/docs/account-tables.ts
    expect(reference).toBe(withAccountTables(reference))
  })

  it('states when each hook is called', () => {
    const hooks = membersOf(readSource(`${ACCOUNT}/options.ts`), 'AccountHooks')
    expect(hooks.length).toBeGreaterThan(4)
    expect([...rows('Hook | Called when').keys()]).toEqual(hooks.map(({ name }) => name))
  })

  it('has every audit event, and by whom', () => {
    const events = casesOf(readSource(`${ACCOUNT}/db/audit-store.ts`), 'AuditEvent')
    const actors = casesOf(readSource(`${ACCOUNT}/db/tables.ts`), 'AuditActor')
    const documented = rows('Event | By')
    expect([...documented.keys()].sort()).toEqual([...events].sort())
    for (const [by = ''] of documented.values()) {
      for (const actor of by.split(', ')) expect(actors).toContain(actor.replaceAll('`', ''))
    }
  })

  it('has every error that a lexicon of the module declares', () => {
    const documented = rows('Method | Who may call it')
    const { eraMethods, todaysMethods } = publicFace
    expect([...documented.keys()].sort()).toEqual([...eraMethods, ...todaysMethods].sort())
    for (const [nsid, cells] of documented) {
      const def = lexicons.getDefOrThrow(nsid)
      const declared = 'errors' in def ? (def.errors ?? []).map(({ name }) => name) : []
      const said = [...(cells[2] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)
      expect({ nsid, errors: said.sort() }).toEqual({ nsid, errors: declared.sort() })
    }
  })

  it('has every audit event with its actors', () => {
    const { eraMethods, todaysMethods } = publicFace
    const mapped = rows('2022 | Today', readSource('README.md'))
    expect([...mapped.keys()].map((cell) => cell.split(',')[0]).sort()).toEqual(
      [...eraMethods].sort(),
    )
    for (const [cell = ''] of mapped.values()) {
      expect(todaysMethods).toContain(/^`([\w.]+)`/.exec(cell)?.[1])
    }
  })

  it('states when each mail is sent', () => {
    const kinds = casesOf(readSource(`${ACCOUNT}/db/tables.ts`), 'MailKind')
    expect([...rows('Mail | Sent').keys()].sort()).toEqual([...kinds].sort())
  })

  it('has every error code', () => {
    const codes = Object.values(publicFace).filter(
      (value) => typeof value === 'function' && value.prototype instanceof AccountError,
    )
    expect(codes.length).toBeGreaterThan(15)
    expect([...rows('Code | Class').keys()]).toHaveLength(codes.length)
    expect([...rows('Code | Class').keys()].sort()).toEqual(
      [...casesOf(readSource(`${ACCOUNT}/errors.ts`), 'AccountErrorCode')].sort(),
    )
  })

  it('explains exactly the existing metrics', () => {
    const source =
      readSource('packages/server/src/http/metrics.ts') +
      readSource('packages/xrpc/src/observe/metrics.ts')
    const own = new Set(
      [...source.matchAll(/(?:name: |^ +\[\s*)'(\w+)'/gm)].map(([, name = '']) => name),
    )
    expect(own.size).toBeGreaterThan(4)
    const operations = readSource('docs/operations.md')
    const explained = [...operations.matchAll(/^\| `(\w+)[^|]*\|/gm)]
      .map(([, name = '']) => name)
      .filter((name) => /_/.test(name) && name === name.toLowerCase())
    // prom-client's own metrics are only mentioned, not explained.
    const counted = explained.filter((name) => !/^(nodejs|process)_/.test(name))
    expect([...new Set(counted)].sort()).toEqual([...own].sort())
  })

  it('names every exported value of the module', () => {
    const embedding = readSource('docs/embedding.md')
    for (const name of Object.keys(publicFace)) {
      expect({ name, documented: `${reference}${embedding}`.includes(name) }).toEqual({
        name,
        documented: true,
      })
    }
  })
})
