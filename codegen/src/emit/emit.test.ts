import { describe, expect, it } from '@jest/globals'
import { runPipeline } from '../pipeline.ts'
import type { TypeStyle } from './type-style.ts'

interface Document {
  readonly id: string
  readonly description?: string
  readonly defs: Readonly<Record<string, object>>
}

/** The text of the first document's module, and the other output. */
function moduleOf(
  { types = {}, ...first }: Document & { readonly types?: Partial<TypeStyle> },
  ...more: readonly Document[]
): string {
  const documents = [first, ...more]
  const { files, diagnostics } = runPipeline(
    {
      documents: documents.map((document) => ({
        path: `${document.id}.json`,
        name: document.id.replaceAll('.', '/'),
        text: JSON.stringify({ lexicon: 1, ...document }),
      })),
      overlays: [],
    },
    { importExtension: '.ts', types },
  )
  expect(diagnostics).toEqual([])
  const path = `types/${documents[0]?.id.replaceAll('.', '/')}.ts`
  return files.find((file) => file.path === path)?.text ?? ''
}

const string = { type: 'string' }

describe('a module', () => {
  const card = { id: 'com.example.card', defs: { main: { type: 'object', properties: {} } } }

  it('imports the module of a document whose id is also a namespace', () => {
    const main = {
      type: 'query',
      output: { encoding: 'application/json', schema: { type: 'ref', ref: 'com.example.card' } },
    }
    const text = moduleOf({ id: 'com.example.card.get', defs: { main } }, card)
    expect(text).toContain("import type * as ComExampleCard from '../card.ts';")
  })

  it('imports a module below its own', () => {
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
    expect(text).toContain('open?: MainOpen;')
    expect(text).toContain('export type MainOpen = $Typed<View> | { $type: string };')
    expect(text).toContain('closed?: $Typed<View>;')
  })

  it('types a known value that names a token as the token', () => {
    const main = { type: 'object', properties: { state: { ...string, knownValues: ['#open'] } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main, open: { type: 'token' } } })
    expect(text).toContain("state?: 'com.example.x#open' | (string & {});")
  })

  it('omits type parameters and imports that a definition shadows', () => {
    const object = { type: 'object', properties: {} }
    const text = moduleOf({ id: 'com.example.x', defs: { v: object, guard: object } })
    expect(text).toContain('export const isV: Guard2<V> = ')
    expect(text).toContain('export const validateV: Validate<V> = ')
    expect(text).not.toContain('<V>(')
  })

  it('leaves defaults optional if the input type is behind a reference', () => {
    const main = {
      type: 'procedure',
      input: { encoding: 'application/json', schema: { type: 'ref', ref: '#body' } },
    }
    const body = { type: 'object', properties: { many: { type: 'integer', default: 1 } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main, body } })
    expect(text).toMatch(/(?<!\*\/)\nexport type CallInput = InputSchema;/)
  })
})

describe("the types of a caller's arguments", () => {
  const procedure = (parameters: object): string =>
    moduleOf({ id: 'com.example.x', defs: { main: { type: 'procedure', ...parameters } } })
  const params = (properties: object): object => ({ parameters: { type: 'params', properties } })

  it('are omitted if there is nothing to pass', () => {
    expect(procedure({})).not.toMatch(/CallParams|CallInput|qp/)
  })

  it("are the handler's if nothing has a default", () => {
    expect(procedure(params({ a: string }))).toContain('export type CallParams = QueryParams;')
  })

  it("require less than the handler's if something has a default", () => {
    const text = procedure(params({ a: { ...string, default: 'x' } }))
    expect(text).toContain('export type QueryParams = {\n  /** Default "x". */\n  a: string;\n};')
    expect(text).toContain("export type CallParams = Defaulted<QueryParams, 'a'>;")
  })
})

describe('a union inside a type', () => {
  const union = (...refs: readonly string[]): object => ({ type: 'union', refs })
  const part = { type: 'object', properties: {} }

  it('is named after its type and property, or otherwise if that is taken', () => {
    const list = { type: 'array', items: union('#a', '#b') }
    const properties = { one: union('#a', '#b'), many: list, alone: union() }
    const defs = { main: { type: 'object', properties }, mainOne: part, a: part, b: part }
    const text = moduleOf({ id: 'com.example.x', defs, types: { narrowUnions: true } })
    expect(text).toContain('  one?: MainOne2;\n  many?: MainManyItem[];\n  alone?: $Unknown;\n')
    expect(text).toContain('export type MainOne2 = $Typed<A> | $Typed<B> | $Unknown;')
    expect(text).toContain('export type MainManyItem = $Typed<A> | $Typed<B> | $Unknown;')
  })

  it('has one name in the types of both ends of a call', () => {
    const inner = { type: 'object', properties: { n: { type: 'integer', default: 1 } } }
    const schema = { type: 'object', properties: { one: union('#a'), inner } }
    const main = { type: 'procedure', input: { encoding: 'application/json', schema } }
    const text = moduleOf({ id: 'com.example.x', defs: { main, a: part } })
    expect(text.match(/one\?: InputSchemaOne;/g)).toHaveLength(2)
    expect(text.match(/export type InputSchemaOne =/g)).toHaveLength(1)
    expect(text).toContain('export interface CallInput {')
  })
})

describe('comments', () => {
  const commentsOf = (properties: object, more: object = {}): string[] => {
    const main = { type: 'object', properties, ...more }
    return moduleOf({ id: 'com.example.x', defs: { main } }).match(/(?<=\/\*\* ).*(?= \*\/)/g) ?? []
  }

  it.each<[object, string]>([
    [{ type: 'integer', minimum: 0, maximum: 9, default: 0 }, 'From 0 to 9; default 0.'],
    [{ type: 'integer', minimum: 2 }, 'At least 2.'],
    [{ ...string, format: 'did', maxLength: 9 }, 'Format did; at most 9 bytes.'],
    [{ ...string, minGraphemes: 0, maxGraphemes: 3 }, 'At most 3 graphemes.'],
    [{ ...string, default: '*/ "' }, 'Default "*\\/ \\"".'],
    [{ type: 'boolean', default: false }, 'Default false.'],
    [{ type: 'bytes', minLength: 2, maxLength: 2 }, 'Exactly 2 bytes.'],
    [{ type: 'blob', accept: ['image/*'], maxSize: 5 }, 'Accepts image/*; at most 5 bytes.'],
    [
      { type: 'array', maxLength: 5, items: { ...string, format: 'did', maxLength: 9 } },
      'At most 5 items; each format did, at most 9 bytes.',
    ],
    [{ ...string, description: 'Who. ', format: 'did' }, 'Who. (format did)'],
  ])('describe what the type of %j does not express', (schema, comment) => {
    expect(commentsOf({ a: schema })).toEqual([comment])
  })

  it('of records state their key', () => {
    const record = { type: 'object', properties: {} }
    const main = { type: 'record', description: 'A card.', key: 'tid', record }
    const text = moduleOf({ id: 'com.example.x', defs: { main } })
    expect(text).toContain('/** A card. (key tid) */\nexport interface Main {')
  })

  it('with several lines end with the validation constraints', () => {
    const a = { ...string, description: 'One\nTwo', format: 'did' }
    const text = moduleOf({
      id: 'com.example.x',
      defs: { main: { type: 'object', properties: { a } } },
    })
    expect(text).toContain('   * One\n   * Two\n   *\n   * Format did.\n   */\n  a?: string;')
  })

  it('of a method appear on its handler', () => {
    const main = { type: 'query', description: 'Gets it.' }
    const text = moduleOf({ id: 'com.example.x', defs: { main } })
    expect(text).toContain('/** Gets it. */\nexport type Handler<')
  })
})

describe('types of strings with a format', () => {
  const properties = {
    who: { ...string, format: 'did' },
    lang: { ...string, format: 'language' },
    one: { ...string, format: 'did', knownValues: ['did:web:a'] },
  }
  const defs = { main: { type: 'object', properties } }

  it('are those of the library if enabled', () => {
    const text = moduleOf({ id: 'com.example.x', defs, types: { formatTypes: true } })
    expect(text).toContain('who?: DidString;')
    expect(text).toContain('lang?: string;')
    expect(text).toContain("one?: 'did:web:a' | (string & {});")
    expect(moduleOf({ id: 'com.example.x', defs })).toContain('who?: string;')
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

  it('contain no bidirectional control characters', () => {
    const description = 'a\u202eb'
    const main = { type: 'object', description, properties: { a: { ...string, const: 'x\u2066' } } }
    const text = moduleOf({ id: 'com.example.x', defs: { main } })
    expect(text).toContain('/** a\ufffdb */')
    expect(text).toContain("'x\\u2066'")
  })
})
