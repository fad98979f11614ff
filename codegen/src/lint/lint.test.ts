import { schemas } from '@atproto/api'
import { describe, expect, it } from '@jest/globals'
import { checkDocument } from '../parse/check-document.ts'
import type { ParsedDocument } from '../parse/parse.ts'
import { lint } from './lint.ts'
import { RULES } from './rules.ts'

function parsed(id: string, defs: object): ParsedDocument {
  const file = `${id}.json`
  const { document, diagnostics } = checkDocument({ lexicon: 1, id, defs }, file)
  if (!document) throw new Error(`Not legal: ${JSON.stringify(diagnostics)}`)
  return { file, document }
}

/** An example is the main definition of one document, or several definitions by id. */
function documentsOf(example: object): ParsedDocument[] {
  if ('type' in example) return [parsed('com.example.it', { main: example })]
  return Object.entries(example).map(([id, defs]) => parsed(id, defs as object))
}

describe('rules', () => {
  it.each(RULES)('$name finds one problem in its example, and no other rule does', (rule) => {
    const findings = lint(documentsOf(rule.example))
    expect(findings.map(({ code }) => code)).toEqual([rule.name])
    expect(findings[0]?.help).toBe(rule.help)
  })

  it.each(RULES)('$name can be switched off', (rule) => {
    expect(lint(documentsOf(rule.example), { ignore: [rule.name] })).toEqual([])
    const severities = { [rule.name]: 'off' } as const
    expect(lint(documentsOf(rule.example), { severities })).toEqual([])
  })

  it('have unique names', () => {
    expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length)
  })
})

const property = (schema: object): ParsedDocument[] =>
  documentsOf({ type: 'object', properties: { it: schema } })
const codes = (documents: readonly ParsedDocument[]): string[] =>
  lint(documents).map(({ code }) => code)

describe('defaults', () => {
  it.each([
    [{ type: 'integer', minimum: 3, default: 2 }],
    [{ type: 'string', minLength: 3, maxLength: 9, default: 'é' }],
    [{ type: 'string', maxGraphemes: 1, maxLength: 100, default: '👨‍👩‍👧👨‍👩‍👧' }],
    [{ type: 'string', format: 'did', default: 'alice' }],
    [{ type: 'string', const: 'a', default: 'b' }],
  ])('%j is invalid', (schema) => expect(codes(property(schema))).toEqual(['invalid-default']))

  it.each([
    [{ type: 'integer', minimum: 3, maximum: 3, default: 3 }],
    [{ type: 'string', maxGraphemes: 1, maxLength: 100, default: '👨‍👩‍👧' }],
    [{ type: 'string', format: 'handle', default: 'alice.test' }],
    [{ type: 'string', format: 'datetime', default: '2026-01-01T00:00:00Z' }],
    [{ type: 'boolean', default: false }],
  ])('%j is valid', (schema) => expect(codes(property(schema))).toEqual([]))
})

it('gives the place of a finding, and suggests a correction', () => {
  const [finding] = lint(property({ type: 'string', maxLenght: 3 }))
  expect(finding).toMatchObject({
    message: 'A string has no field "maxLenght". Did you mean "maxLength"?',
    at: { file: 'com.example.it.json', path: ['defs', 'main', 'properties', 'it', 'maxLenght'] },
  })
})

it('reads every published document', () => {
  const documents = schemas.map(({ id, defs }) => parsed(id, defs))
  const findings = lint(documents)
  expect(findings.length).toBeGreaterThan(100)
  expect(findings.every(({ at }) => at.path.length > 0)).toBe(true)
})

describe('ignores at one place', () => {
  const document = parsed('com.example.it', {
    main: { type: 'object', properties: { a: { type: 'string' }, ab: { type: 'string' } } },
  })
  const left = (...ignore: string[]): string[] =>
    lint([document], { ignore }).map(({ place }) => place)
  const both = ['com.example.it#main.properties.a.type', 'com.example.it#main.properties.ab.type']

  it.each<[string, string[]]>([
    ['unbounded-string@com.example.it#main.properties.a', both.slice(1)],
    ['unbounded-string@com.example.it#main.properties.a.type', both.slice(1)],
    ['unbounded-string@com.example.it', []],
    ['unbounded-string@com.example.*', []],
    ['unbounded-string@org.example.*', both],
    ['closed-enum@com.example.it', both],
  ])('%s leaves the findings %j', (ignore, places) => expect(left(ignore)).toEqual(places))
})

it('uses the configured severities', () => {
  const [finding] = lint(property({ type: 'string' }), {
    severities: { 'unbounded-string': 'info' },
  })
  expect(finding).toMatchObject({ code: 'unbounded-string', severity: 'info' })
})

describe('permission sets', () => {
  const found = (permission: object, more: object = {}): string[] =>
    lint([
      parsed('com.example.auth', {
        main: { type: 'permission-set', title: 'All', permissions: [permission], ...more },
      }),
    ]).map(({ message }) => message)
  const repo = { type: 'permission', resource: 'repo', collection: ['com.example.post'] }
  const rpc = { type: 'permission', resource: 'rpc', lxm: ['com.example.get'], aud: '*' }

  it.each([
    [repo],
    [{ ...repo, action: ['create', 'update', 'delete'] }],
    [rpc],
    [{ ...rpc, aud: 'did:web:api.example.com#api' }],
    [{ ...rpc, aud: undefined, inheritAud: true }],
  ])('%j is valid', (permission) => {
    const given = JSON.parse(JSON.stringify(permission))
    expect(
      found(given, { 'title:lang': { de: 'Alles' }, 'detail:lang': { 'pt-BR': 'Tudo' } }),
    ).toEqual([])
  })

  it.each<[object, string]>([
    [{ ...repo, type: undefined }, 'A permission needs the type "permission".'],
    [{ type: 'permission', resource: 'blob' }, 'A set cannot grant "blob".'],
    [{ ...repo, collection: [] }, 'A permission for "repo" needs "collection".'],
    [{ ...repo, collection: ['*'] }, 'A set cannot use wildcards.'],
    [{ ...repo, collection: ['com.example.*'] }, 'A set cannot use wildcards.'],
    [{ ...repo, collection: ['post'] }, '"post" is not a valid NSID.'],
    [
      { ...repo, collection: ['org.example.post'] },
      'org.example.post is outside of com.example.*, the namespace of the set.',
    ],
    [{ ...repo, action: ['read'] }, '"read" is not one of: create, update, delete.'],
    [{ ...repo, action: 'create' }, 'Leave "action" out, or name one.'],
    [{ ...repo, lxm: ['com.example.get'] }, 'A permission for "repo" has no field "lxm".'],
    [{ ...rpc, lxm: ['*'] }, 'A set cannot use wildcards.'],
    [{ ...rpc, aud: undefined }, 'A permission for "rpc" needs either "aud" or "inheritAud".'],
    [{ ...rpc, inheritAud: true }, 'A permission for "rpc" needs either "aud" or "inheritAud".'],
    [
      { ...rpc, aud: 'did:web:api.example.com' },
      'An audience is a DID with a service, such as "did:web:a.example#api".',
    ],
  ])('%j is invalid', (permission, message) => {
    expect(found(JSON.parse(JSON.stringify(permission)))).toEqual([message])
  })

  it('have titles in existing languages', () => {
    expect(found(repo, { 'title:lang': { german_: 'Alles' } })).toEqual([
      '"german_" is not a language tag.',
    ])
  })
})
