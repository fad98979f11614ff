import { describe, expect, it } from '@jest/globals'
import { runPipeline } from '../pipeline.ts'

interface Document {
  readonly id: string
  readonly description?: string
  readonly defs: Readonly<Record<string, object>>
}

/** The text of the module of the first of some documents, and whatever else was generated. */
function moduleOf(...documents: readonly Document[]): string {
  const { files, diagnostics } = runPipeline(
    {
      documents: documents.map((document) => ({
        path: `${document.id}.json`,
        name: document.id.replaceAll('.', '/'),
        text: JSON.stringify({ lexicon: 1, ...document }),
      })),
      overlays: [],
    },
    { importExtension: '.ts' },
  )
  expect(diagnostics).toEqual([])
  const path = `types/${documents[0]?.id.replaceAll('.', '/')}.ts`
  return files.find((file) => file.path === path)?.text ?? ''
}

const string = { type: 'string' }

describe('a module', () => {
  const card = { id: 'com.example.card', defs: { main: { type: 'object', properties: {} } } }

  it('imports the module of a document whose id is a namespace of its own', () => {
    const main = {
      type: 'query',
      output: { encoding: 'application/json', schema: { type: 'ref', ref: 'com.example.card' } },
    }
    const text = moduleOf({ id: 'com.example.card.get', defs: { main } }, card)
    expect(text).toContain("import type * as ComExampleCard from '../card.ts';")
  })

  it('imports a module that lies below it', () => {
    const properties = { of: { type: 'ref', ref: 'com.example.card.get' } }
    const get = { id: 'com.example.card.get', defs: { main: { type: 'object', properties: {} } } }
    const text = moduleOf(
      { id: 'com.example.card', defs: { main: { type: 'object', properties } } },
      get,
    )
    expect(text).toContain("import type * as ComExampleCardGet from './card/get.ts';")
  })

  it('types a union by those of its members that can have a $type', () => {
    const union = { type: 'union', refs: ['#text', '#mark', '#list', '#view'] }
    const defs = {
      main: { type: 'object', properties: { open: union, closed: { ...union, closed: true } } },
      text: string,
      mark: { type: 'token' },
      list: { type: 'array', items: string },
      view: { type: 'object', properties: {} },
    }
    const text = moduleOf({ id: 'com.example.any', defs })
    expect(text).toContain('open?: $Typed<View> | { $type: string };')
    expect(text).toContain('closed?: $Typed<View>;')
  })

  it('types a known value that names a token as the token', () => {
    const main = { type: 'object', properties: { state: { ...string, knownValues: ['#open'] } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main, open: { type: 'token' } } })
    expect(text).toContain("state?: 'com.example.x#open' | (string & {});")
  })

  it('has type parameters that no definition hides', () => {
    const object = { type: 'object', properties: {} }
    const text = moduleOf({ id: 'com.example.x', defs: { v: object, v2: object } })
    expect(text).toContain('export function isV<V3>(v: V3): v is $TypedObject<V3, ')
    expect(text).toContain('export function validateV<V3>(v: V3): ValidationResult<V & V3> {')
  })

  it('promises no missing default where the type of the input is behind a reference', () => {
    const main = {
      type: 'procedure',
      input: { encoding: 'application/json', schema: { type: 'ref', ref: '#body' } },
    }
    const body = { type: 'object', properties: { many: { type: 'integer', default: 1 } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main, body } })
    expect(text).toMatch(/(?<!\*\/)\nexport type CallInput = InputSchema;/)
  })
})

describe('what a caller passes', () => {
  const procedure = (parameters: object): string =>
    moduleOf({ id: 'com.example.x', defs: { main: { type: 'procedure', ...parameters } } })
  const params = (properties: object): object => ({ parameters: { type: 'params', properties } })

  it('has no type of its own where there is nothing to pass', () => {
    expect(procedure({})).not.toMatch(/CallParams|CallInput|qp/)
  })

  it('is what a handler sees where nothing has a default', () => {
    expect(procedure(params({ a: string }))).toContain('export type CallParams = QueryParams;')
  })

  it('is less than a handler sees where something has a default', () => {
    const text = procedure(params({ a: { ...string, default: 'x' } }))
    expect(text).toContain('export type QueryParams = {\n  a: string;\n};')
    expect(text).toContain('export type CallParams = {\n  a?: string;\n};')
  })
})

describe('descriptions', () => {
  it('keep their blank lines and indentation', () => {
    const description = 'First:\n\n  - one\n\tb\r\n\nlast  \n'
    const main = { type: 'object', description, properties: { a: { ...string, description } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main } })
    const comment = ['/**', ' * First:', ' *', ' *   - one', ' *   b', ' *', ' * last', ' */']
    expect(text).toContain(`${comment.join('\n')}\nexport interface Main`)
    expect(text).toContain(`  ${comment.join('\n  ')}\n  a?: string;`)
  })

  it('of a document and of its bodies become comments', () => {
    const schema = { type: 'object', description: 'Of the schema.', properties: {} }
    const main = {
      type: 'procedure',
      input: { encoding: 'application/json', description: 'Of the input.', schema },
      output: { encoding: 'application/json', schema },
    }
    const text = moduleOf({ id: 'com.example.x', description: 'Of the document.', defs: { main } })
    expect(text).toContain('\n/** Of the document. */\n')
    expect(text).toContain('/** Of the input. */\nexport interface InputSchema')
    expect(text).toContain('/** Of the schema. */\nexport interface OutputSchema')
  })

  it('show no character that turns the direction of text', () => {
    const description = 'a\u202eb'
    const main = { type: 'object', description, properties: { a: { ...string, const: 'x\u2066' } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main } })
    expect(text).toContain('/** a\ufffdb */')
    expect(text).toContain("'x\\u2066'")
  })
})
