import { schemas as published } from '@atproto/api'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { readSources } from '../parse/read-sources.ts'
import { describeDocuments, refsOf } from './testing/describe-documents.ts'

const lexicons = new URL('../../../lexicons', import.meta.url).pathname

async function ours(): Promise<object[]> {
  const sources = await readSources({ lexicons: [lexicons] })
  return sources.documents.map(({ text }) => JSON.parse(text))
}

describe.each([
  ['the lexicons of this repository', ours],
  ['all published documents', async () => published as unknown as object[]],
])('the description of %s', (_, read) => {
  let documents: object[]
  let description: ReturnType<typeof describeDocuments>
  beforeAll(async () => {
    documents = await read()
    description = describeDocuments(documents)
  })

  it('is valid OpenAPI 3.1 without unresolved references', async () => {
    const { text, api } = description
    const validator = new Validator()
    expect(await validator.validate(JSON.parse(text))).toMatchObject({ valid: true })
    expect(validator.version).toBe('3.1')
    const known = new Set(Object.keys(api.components.schemas))
    const refs = refsOf(api)
    expect(refs.length).toBeGreaterThan(10)
    for (const ref of refs) {
      const name = /^#\/components\/schemas\/([A-Za-z0-9._-]+)$/.exec(ref)?.[1] ?? ref
      expect(known).toContain(name)
    }
  })

  it('has safe names and one operation per method', () => {
    const { api } = description
    for (const name of Object.keys(api.components.schemas)) {
      expect(name).toMatch(/^[a-zA-Z0-9._-]+$/)
    }
    const kinds = documents.map((document) => Reflect.get(document, 'defs').main?.type)
    const operations = Object.values(api.paths).flatMap((item) => Object.values(item))
    const methods = kinds.filter((kind) => kind === 'query' || kind === 'procedure')
    expect(operations).toHaveLength(methods.length)
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(methods.length)
    const subscriptions = Object.keys(api['x-lexicon-subscriptions'] ?? {})
    expect(subscriptions).toHaveLength(kinds.filter((kind) => kind === 'subscription').length)
  })

  it('keeps all texts of the documents', () => {
    const written = textsOf(description.api).join('\0')
    const descriptions = documents.flatMap(descriptionsOf)
    expect(descriptions.length).toBeGreaterThan(10)
    expect(descriptions.filter((text) => !written.includes(text))).toEqual([])
  })

  it('does not depend on the order of the documents', () => {
    expect(describeDocuments(documents.toReversed()).text).toBe(description.text)
  })
})

const NSID = 'com.example.it'

function schemaOf(main: object, more: object = {}): unknown {
  const { api } = describeDocuments([{ lexicon: 1, id: NSID, defs: { main, ...more } }])
  return api.components.schemas[NSID]
}

function operationOf(main: object): Record<string, unknown> {
  const { api } = describeDocuments([{ lexicon: 1, id: NSID, defs: { main } }])
  const [operation] = Object.values(api.paths[`/xrpc/${NSID}`] ?? {})
  return { ...operation }
}

describe('a schema', () => {
  it('keeps open unions open, and closed ones closed', () => {
    const defs = { a: { type: 'object', properties: {} } }
    const open = { type: 'array', items: { type: 'union', refs: ['#a'] } }
    const closed = { type: 'array', items: { type: 'union', refs: ['#a'], closed: true } }
    const variant = {
      allOf: [
        { $ref: '#/components/schemas/com.example.it_a' },
        {
          type: 'object',
          required: ['$type'],
          properties: { $type: { const: 'com.example.it#a' } },
        },
      ],
    }
    expect(schemaOf(closed, defs)).toMatchObject({ items: { anyOf: [variant] } })
    expect(schemaOf(open, defs)).toMatchObject({
      items: {
        anyOf: [
          variant,
          {
            required: ['$type'],
            properties: { $type: { type: 'string', not: { enum: ['com.example.it#a'] } } },
          },
        ],
      },
    })
  })

  it('expresses nullable, optional and default', () => {
    const main = {
      type: 'object',
      required: ['a', 'b', 'c'],
      nullable: ['a'],
      properties: {
        a: { type: 'string', description: 'First.' },
        b: { type: 'integer', default: 3, minimum: 1 },
        c: { type: 'boolean', const: true },
      },
    }
    expect(schemaOf(main)).toEqual({
      type: 'object',
      required: ['a', 'c'],
      properties: {
        a: { anyOf: [{ type: 'string', description: 'First.' }, { type: 'null' }] },
        b: { type: 'integer', default: 3, minimum: 1 },
        c: { type: 'boolean', const: true },
      },
    })
  })

  it('is as strict as code points allow, and describes the rest in words', () => {
    const main = { type: 'string', minLength: 9, maxLength: 40, minGraphemes: 2, maxGraphemes: 4 }
    expect(schemaOf(main)).toEqual({
      type: 'string',
      description: '9 to 40 bytes in UTF-8, 2 to 4 graphemes.',
      minLength: 3,
      maxLength: 40,
      'x-lexicon': { minLength: 9, maxLength: 40, minGraphemes: 2, maxGraphemes: 4 },
    })
    expect(schemaOf({ type: 'string', format: 'datetime' })).toEqual({
      type: 'string',
      format: 'date-time',
      'x-lexicon': { format: 'datetime' },
    })
  })

  it('names tokens and records', () => {
    const record = { type: 'object', required: ['text'], properties: { text: { type: 'string' } } }
    expect(schemaOf({ type: 'record', key: 'tid', record })).toEqual({
      type: 'object',
      required: ['$type', 'text'],
      properties: { text: { type: 'string' }, $type: { const: NSID } },
      'x-lexicon': { type: 'record', key: 'tid' },
    })
    const { api } = describeDocuments([
      { lexicon: 1, id: NSID, defs: { spam: { type: 'token' }, é: { type: 'token' } } },
    ])
    expect(api.components.schemas).toMatchObject({
      'com.example.it_spam': { type: 'string', const: 'com.example.it#spam' },
      'com.example.it__e9_': { type: 'string', const: 'com.example.it#é' },
    })
  })
})

it('describes a recursive definition once', () => {
  const names = [...'abcdefgh']
  const self = { type: 'ref', ref: '#node' }
  const node = {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, self])),
  }
  const body = { encoding: 'application/json', schema: self }
  const main = { type: 'procedure', input: body, output: body }
  const { text, api } = describeDocuments([{ lexicon: 1, id: NSID, defs: { main, node } }])
  const ref = { $ref: '#/components/schemas/com.example.it_node' }
  expect(api.components.schemas['com.example.it_node']).toEqual({
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, ref])),
  })
  expect(text.length).toBeLessThan(8_000)
})

describe('an operation', () => {
  it('repeats the names of arrays, and requires only parameters without a default', () => {
    const parameters = {
      type: 'params',
      required: ['ids', 'limit'],
      properties: {
        ids: { type: 'array', items: { type: 'string', format: 'did' }, description: 'Whose.' },
        limit: { type: 'integer', default: 50 },
      },
    }
    expect(operationOf({ type: 'query', parameters }).parameters).toEqual([
      {
        name: 'ids',
        in: 'query',
        description: 'Whose.',
        required: true,
        style: 'form',
        explode: true,
        schema: { type: 'array', items: { type: 'string', format: 'did' } },
      },
      { name: 'limit', in: 'query', schema: { type: 'integer', default: 50 } },
    ])
  })

  it('takes every declared encoding', () => {
    const input = { encoding: 'image/png, text/plain', description: 'A picture.' }
    const output = { encoding: '*/*' }
    expect(operationOf({ type: 'procedure', input, output })).toMatchObject({
      requestBody: {
        required: true,
        description: 'A picture.',
        content: { 'image/png': {}, 'text/plain': { schema: { type: 'string' } } },
      },
      responses: { 200: { content: { '*/*': {} } } },
    })
    expect(operationOf({ type: 'procedure' })).not.toHaveProperty('requestBody')
  })

  it('shows declared errors as examples of one shape', () => {
    const errors = [{ name: 'Gone', description: 'It is gone.' }, { name: 'Other' }]
    const { responses } = operationOf({ type: 'query', errors }) as never
    expect(responses[400]).toMatchObject({
      content: {
        'application/json': {
          examples: {
            Gone: { description: 'It is gone.', value: { error: 'Gone', message: 'It is gone.' } },
            Other: { value: { error: 'Other', message: 'Other' } },
          },
        },
      },
    })
  })
})

/** The values of `description` keys in a document, excluding properties of that name. */
function descriptionsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'description' && typeof child === 'string' && child !== ''
      ? [child]
      : descriptionsOf(child),
  )
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
