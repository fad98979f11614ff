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

/** An example is the main definition of one document, or the definitions of several by id. */
function documentsOf(example: object): ParsedDocument[] {
  if ('type' in example) return [parsed('com.example.it', { main: example })]
  return Object.entries(example).map(([id, defs]) => parsed(id, defs as object))
}

describe('rules', () => {
  it.each(RULES)('$name finds one fault in its example, and no other rule does', (rule) => {
    const findings = lint(documentsOf(rule.example))
    expect(findings.map(({ code }) => code)).toEqual([rule.name])
    expect(findings[0]?.help).toBe(rule.help)
  })

  it.each(RULES)('$name can be switched off', (rule) => {
    expect(lint(documentsOf(rule.example), [rule.name])).toEqual([])
  })

  it('have names of their own', () => {
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
    [{ type: 'string', minLength: 3, default: 'é' }],
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
  ])('%j is fine', (schema) => expect(codes(property(schema))).toEqual([]))
})

it('shows the place of a finding, and guesses what was meant', () => {
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
