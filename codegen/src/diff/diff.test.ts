import { describe, expect, it } from '@jest/globals'
import type { LexiconDocument } from '../parse/schema.ts'
import { diff } from './diff.ts'
import { brokenBy, CHANGES, type ChangeName, type Direction } from './rules.ts'

type Defs = Readonly<Record<string, object>>

const document = (defs: Defs): LexiconDocument =>
  ({ lexicon: 1, id: 'com.example.it', defs }) as unknown as LexiconDocument

/** A definition in each of the three positions through which a value can flow. */
const PLACES: Record<Direction, (schema: object) => Defs> = {
  input: (schema) => ({
    main: { type: 'procedure', input: { encoding: 'application/json', schema } },
  }),
  output: (schema) => ({
    main: { type: 'query', output: { encoding: 'application/json', schema } },
  }),
  record: (schema) => ({ main: { type: 'record', key: 'tid', record: schema } }),
}
const OTHERS = { a: { type: 'object' }, b: { type: 'object' } }

const rules = Object.entries(CHANGES) as [ChangeName, (typeof CHANGES)[ChangeName]][]
const inSchemas = rules.filter(([, { example }]) => example.in === 'schema')
const inMain = rules.filter(([, { example }]) => example.in === 'main')

describe('changes of schemas', () => {
  const cases = inSchemas.flatMap(([name, { example }]) =>
    (['input', 'output', 'record'] as const).map((direction) => ({ name, example, direction })),
  )
  it.each(cases)('$name in $direction', ({ name, example, direction }) => {
    const place = PLACES[direction]
    const changes = diff(
      [document({ ...place(example.before), ...OTHERS })],
      [document({ ...place(example.after), ...OTHERS })],
    )
    expect(changes.map((change) => change.rule)).toEqual([name])
    expect(changes[0]).toMatchObject({
      directions: [direction],
      breaks: brokenBy(name, [direction]),
    })
  })
})

describe('changes of methods, records and documents', () => {
  it.each(inMain)('%s', (name, { example }) => {
    const defs = (main: object): Defs => ({
      ...(Object.keys(main).length > 0 && { main }),
      ...OTHERS,
    })
    const before = name === 'document-added' ? [] : [document(defs(example.before))]
    const changes = diff(before, [document(defs(example.after))])
    expect(changes.map((change) => change.rule)).toEqual([name])
    expect(changes[0]?.breaks).toEqual(brokenBy(name, changes[0]?.directions ?? []))
  })
})

describe('the parties a change breaks', () => {
  // The three columns of the table, spelled out once for each kind of change.
  it.each<[ChangeName, Direction, readonly string[]]>([
    ['became-required', 'input', ['client']],
    ['became-required', 'output', ['server']],
    ['became-required', 'record', ['records']],
    ['became-optional', 'input', ['server']],
    ['became-optional', 'output', ['client']],
    ['became-optional', 'record', ['client']],
    ['bound-loosened', 'input', []],
    ['bound-loosened', 'output', ['client']],
    ['type-changed', 'record', ['client', 'records']],
    ['property-added', 'input', []],
    ['property-added', 'output', []],
    ['property-added', 'record', []],
  ])('%s in %s: %j', (name, direction, parties) => {
    expect(brokenBy(name, [direction])).toEqual(parties)
  })
})

describe('definitions behind references', () => {
  const view = (extra: object): object => ({
    type: 'object',
    properties: { name: { type: 'string', ...extra } },
  })
  const user = (main: object, shared: object): LexiconDocument => document({ main, view: shared })
  const ref = { type: 'ref', ref: '#view' }
  const query = {
    type: 'query',
    output: {
      encoding: 'application/json',
      schema: { type: 'object', properties: { view: ref } },
    },
  }

  it('are reported once, for all of their uses', () => {
    const changes = diff([user(query, view({}))], [user(query, view({ maxLength: 3 }))])
    expect(changes).toMatchObject([
      {
        rule: 'bound-tightened',
        path: ['defs', 'view', 'properties', 'name', 'maxLength'],
        directions: ['output'],
        breaks: ['server'],
      },
    ])
  })

  it('count as used in every way if nothing in the set uses them', () => {
    const [change] = diff(
      [document({ view: view({}) })],
      [document({ view: view({ minLength: 1 }) })],
    )
    expect(change?.breaks).toEqual(['client', 'server', 'records'])
  })

  it('may replace a reference inline', () => {
    const inlined = {
      ...query,
      output: {
        encoding: 'application/json',
        schema: { type: 'object', properties: { view: view({}) } },
      },
    }
    expect(diff([user(query, view({}))], [user(inlined, view({}))])).toEqual([])
  })

  it('may be recursive', () => {
    const tree = (name: string): object => ({
      type: 'object',
      properties: { next: { type: 'ref', ref: `#${name}` } },
    })
    const before = document({
      main: { type: 'record', record: tree('a') },
      a: tree('a'),
      b: tree('b'),
    })
    const after = document({
      main: { type: 'record', record: tree('b') },
      a: tree('a'),
      b: tree('b'),
    })
    expect(diff([before], [after])).toEqual([])
  })
})

it('finds no difference between a set and itself, whatever it describes', () => {
  const one = document({ main: { type: 'query', description: 'One.' } })
  const two = document({ main: { type: 'query', description: 'Two.' } })
  expect(diff([one], [two])).toEqual([])
})

it('ignores a required parameter with a default', () => {
  const query = (required: readonly string[]): LexiconDocument =>
    document({
      main: {
        type: 'query',
        parameters: {
          type: 'params',
          required,
          properties: { limit: { type: 'integer', default: 5 } },
        },
      },
    })
  expect(diff([query([])], [query(['limit'])])).toEqual([])
})
