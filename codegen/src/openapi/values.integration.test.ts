import { schemas } from '@atproto/api'
import { jsonToLex, type LexiconDoc, Lexicons, lexToJson } from '@atproto/lexicon'
import { expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import type { LexiconDocument } from '../parse/schema.ts'
import { lexicons } from '../testing/differential/arbitrary-lexicons.ts'
import { accepted, call } from '../testing/differential/compare.ts'
import { entrancesOf, type SchemaEntrance } from '../testing/differential/entrances.ts'
import { Random } from '../testing/differential/random.ts'
import { ValidValues } from '../testing/differential/valid-value.ts'
import { rounds } from '../testing/rounds.ts'
import {
  type ApiDescription,
  describeDocuments,
  type PropertyBag,
} from './testing/describe-documents.ts'

const BASE = 'https://example.com/openapi.json'

/** Judges values by the OpenAPI document, with an independent validator. */
function validatorOf(documents: readonly LexiconDocument[]) {
  const { api } = describeDocuments(documents)
  const ajv = new Ajv2020({
    strict: false,
    validateFormats: false,
    validateSchema: false,
    inlineRefs: false,
    code: { optimize: false },
  })
  ajv.addSchema(api, BASE)
  return (entrance: SchemaEntrance, value: unknown): string | undefined => {
    const id = `${entrance.asks.table} ${entrance.uri}`
    const validate = ajv.getSchema(id) ?? ajv.addSchema(schemaFor(entrance, api), id).getSchema(id)
    if (!validate) throw new Error(`There is no schema for ${id}`)
    return validate(value) ? undefined : `${id}: ${ajv.errorsText(validate.errors)}`
  }
}

/** The schema of an entrance, as a reference into the description. */
function schemaFor({ asks, uri, nsid }: SchemaEntrance, api: ApiDescription): object {
  const at = (...path: readonly string[]): object => ({
    $ref: `${BASE}#${path.map((step) => `/${encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`,
  })
  const [verb = '', operation] = Object.entries(api.paths[`/xrpc/${nsid}`] ?? {})[0] ?? []
  const subscription = api['x-lexicon-subscriptions']?.[nsid]
  switch (asks.table) {
    case 'definitions':
    case 'records': {
      const [, name = 'main'] = uri.split('#')
      const usual = name === 'main' ? nsid : `${nsid}_${name}`
      const safe = usual.replace(
        /[^A-Za-z0-9._-]/gu,
        (one) => `_${one.codePointAt(0)?.toString(16)}_`,
      )
      expect(api.components.schemas).toHaveProperty([safe])
      return at('components', 'schemas', safe)
    }
    case 'input':
      return at(
        'paths',
        `/xrpc/${nsid}`,
        verb,
        'requestBody',
        'content',
        'application/json',
        'schema',
      )
    case 'output':
      return at(
        'paths',
        `/xrpc/${nsid}`,
        verb,
        'responses',
        '200',
        'content',
        'application/json',
        'schema',
      )
    case 'message':
      return at('x-lexicon-subscriptions', nsid, 'message')
    case 'params': {
      const list = (operation ?? subscription)?.parameters as readonly PropertyBag[]
      const path = operation ? ['paths', `/xrpc/${nsid}`, verb] : ['x-lexicon-subscriptions', nsid]
      const properties = list.map(
        ({ name }, index) => [name, at(...path, 'parameters', String(index), 'schema')] as const,
      )
      const required = list.filter((each) => each.required === true).map(({ name }) => name)
      return { type: 'object', properties: Object.fromEntries(properties), required }
    }
  }
}

/** As JSON, with `$type` normalised; the library accepts four spellings. */
function onTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(lexToJson(value as never)), (key, child) =>
    key === '$type' && typeof child === 'string'
      ? child.replace(/^lex:/, '').replace(/#main$/, '')
      : child,
  )
}

interface Tally {
  asked: number
  readonly refused: string[]
}

function ask(
  { library, validate }: { library: Lexicons; validate: ReturnType<typeof validatorOf> },
  entrance: SchemaEntrance,
  { value, tally }: { value: unknown; tally: Tally },
): void {
  // The value as received: an array with a `$type` loses it in JSON, for example.
  const wire = onTheWire(value)
  if (!accepted(call(library, entrance, jsonToLex(structuredClone(wire) as never)))) return
  tally.asked++
  const refusal = validate(entrance, wire)
  if (refusal !== undefined) {
    tally.refused.push(`${refusal}\n${JSON.stringify(wire).slice(0, 500)}`)
  }
}

it('refuses no value of published documents that the library accepts', () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  process.stdout.write(`values of published documents: seed ${seed}\n`)
  const documents = schemas as unknown as readonly LexiconDocument[]
  const both = {
    library: new Lexicons(structuredClone(schemas) as LexiconDoc[]),
    validate: validatorOf(documents),
  }
  const values = new ValidValues(documents, new Random(seed))
  const tally: Tally = { asked: 0, refused: [] }
  for (const entrance of entrancesOf(documents)) {
    for (let round = 0; round < rounds(3); round++) {
      const made = values.of(entrance.schema, entrance.nsid, 4)
      const value = entrance.isRecord ? Object.assign({ $type: entrance.nsid }, made) : made
      ask(both, entrance, { value, tally })
    }
  }
  expect(tally.refused).toEqual([])
  expect(tally.asked).toBeGreaterThan(2_000)
})

/**
 * True where the library accepts any object: a body that refers to a record, or to something other than
 * an object.
 */
function takesAnything(
  { schema, nsid }: SchemaEntrance,
  documents: readonly LexiconDocument[],
): boolean {
  const refs = schema.type === 'ref' ? [schema.ref] : schema.type === 'union' ? schema.refs : []
  return refs.some((ref) => {
    const [base = '', name = 'main'] = ref.replace(/^lex:/, '').split('#')
    const defs = documents.find(({ id }) => id === (base === '' ? nsid : base))?.defs ?? {}
    return !Object.hasOwn(defs, name) || defs[name]?.type !== 'object'
  })
}

it('refuses no value of random documents that the library accepts', () => {
  let asked = 0
  fc.assert(
    fc.property(lexicons, fc.nat(), (documents, seed) => {
      const tally: Tally = { asked: 0, refused: [] }
      const both = {
        library: new Lexicons(structuredClone(documents) as LexiconDoc[]),
        validate: validatorOf(documents),
      }
      const values = new ValidValues(documents, new Random(seed))
      for (const entrance of entrancesOf(documents)) {
        if (takesAnything(entrance, documents)) continue
        for (let round = 0; round < 4; round++) {
          const made = values.of(entrance.schema, entrance.nsid, 4)
          const value = entrance.isRecord ? Object.assign({ $type: entrance.nsid }, made) : made
          ask(both, entrance, { value, tally })
        }
      }
      expect(tally.refused).toEqual([])
      asked += tally.asked
    }),
    { numRuns: rounds(50) },
  )
  expect(asked).toBeGreaterThan(150)
})

it('refuses what the library refuses, as far as JSON Schema can express it', () => {
  const documents: LexiconDocument[] = [
    {
      lexicon: 1,
      id: 'com.example.it',
      defs: {
        main: {
          type: 'object',
          required: ['a'],
          properties: {
            a: { type: 'string', maxLength: 3 },
            b: { type: 'union', refs: ['#c'], closed: true },
            d: { type: 'bytes', maxLength: 2 },
            e: { type: 'integer', maximum: 4 },
          },
        },
        c: { type: 'object', required: ['x'], properties: { x: { type: 'boolean' } } },
      },
    },
  ]
  const validate = validatorOf(documents)
  const [entrance] = entrancesOf(documents)
  if (!entrance) throw new Error('no entrance')
  expect(
    validate(entrance, { a: 'abc', b: { $type: 'com.example.it#c', x: true } }),
  ).toBeUndefined()
  for (const wrong of [
    {},
    { a: 1 },
    { a: null },
    { a: 'abcd' },
    { a: 'a', e: 5 },
    { a: 'a', e: 1.5 },
    { a: 'a', b: { x: true } },
    { a: 'a', b: { $type: 'com.example.it#c' } },
    { a: 'a', b: { $type: 'com.example.other', x: true } },
    { a: 'a', d: { $bytes: 'AAAAA' } },
  ]) {
    expect([wrong, validate(entrance, wrong)]).toEqual([wrong, expect.any(String)])
  }
})
