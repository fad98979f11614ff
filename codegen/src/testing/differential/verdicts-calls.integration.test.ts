import { LexiconDefNotFoundError, ValidationError } from '@atproto/lexicon'
import { describe, expect, it } from '@jest/globals'
import {
  ask,
  documents,
  fails,
  messageOf,
  NSID,
  OTHER,
  object,
  passes,
  type Schema,
} from './ask.ts'
import { type Pair, pairOf } from './compile.ts'

/** Verdicts of `@atproto/lexicon` on references, bodies, parameters and calls, which generated validators must share. */

describe('unions', () => {
  const others = {
    main: object({ n: { type: 'integer' } }),
    more: object({ s: { type: 'string' } }, { required: ['s'] }),
  }
  const union = (closed: boolean): Pair =>
    pairOf(
      documents(
        { view: object({ a: { type: 'union', refs: [OTHER, `${OTHER}#more`], closed } }) },
        others,
      ),
    )
  const open = union(false)
  const closed = union(true)
  const asked = (pair: Pair, a: unknown): unknown =>
    ask(pair, { method: 'validate', uri: `${NSID}#view` }, { a })

  it.each([OTHER, `lex:${OTHER}`, `${OTHER}#main`, `lex:${OTHER}#main`])(
    'recognises a member as %s',
    ($type) => {
      expect(asked(closed, { $type, n: 1 })).toEqual({ a: { $type, n: 1 } })
      expect(messageOf(asked(open, { $type, n: 'x' }))).toBe('Object/a/n must be an integer')
    },
  )

  it('recognises a member referred to as #main by its bare name', () => {
    const pair = pairOf(
      documents(
        { view: object({ a: { type: 'union', refs: [`${OTHER}#main`], closed: true } }) },
        others,
      ),
    )
    expect(asked(pair, { $type: OTHER })).toEqual({ a: { $type: OTHER } })
  })

  it.each(['', 'com.example.unheard', 'lex:', 'lex:#x', `lex:lex:${OTHER}`, `${OTHER}#else`])(
    'accepts %p when open',
    ($type) => {
      expect(asked(open, { $type, n: 'x' })).toEqual({ a: { $type, n: 'x' } })
      expect(messageOf(asked(closed, { $type }))).toBe(
        `Object/a $type must be one of lex:${OTHER}, lex:${OTHER}#more`,
      )
    },
  )

  it.each(['#a', '#', 'a#b#c', `lex:${OTHER}##`])('throws a plain error for %s', ($type) => {
    for (const pair of [open, closed])
      expect((asked(pair, { $type }) as Error).constructor).toBe(Error)
  })

  it.each([[{}], [{ $type: 1 }], ['x'], [null]])('requires an object with $type, not %p', (a) => {
    expect(messageOf(asked(open, a))).toBe(
      'Object/a must be an object which includes the "$type" property',
    )
  })

  it('reads an inherited $type', () => {
    expect(asked(closed, Object.create({ $type: OTHER }))).toBeDefined()
  })

  it('returns a default filled in by a member', () => {
    const pair = pairOf(
      documents(
        { view: object({ a: { type: 'union', refs: [OTHER] } }) },
        { main: object({ n: { type: 'integer', default: 1 } }) },
      ),
    )
    expect(asked(pair, { $type: `${OTHER}#main` })).toEqual({ a: { $type: `${OTHER}#main`, n: 1 } })
  })
})

describe('missing definitions', () => {
  it('throws LexiconDefNotFoundError once a document is removed, even for a required undefined', () => {
    const make = (): Pair =>
      pairOf(
        documents(
          { view: object({ a: { type: 'ref', ref: OTHER } }, { required: ['a'] }) },
          { main: object({}) },
        ),
      )
    const pair = make()
    pair.reference.remove(OTHER)
    pair.compiled.remove(OTHER)
    const entrance = { method: 'validate', uri: `${NSID}#view` } as const
    for (const value of [{ a: {} }, {}]) {
      expect(ask(pair, entrance, value)).toBeInstanceOf(LexiconDefNotFoundError)
    }
    expect(ask(make(), entrance, { a: {} })).toEqual({ a: {} })
  })

  it('keeps its validators when the document to remove does not exist', () => {
    const pair = pairOf(documents({ view: object({ a: { type: 'string' } }) }))
    expect(() => pair.compiled.remove('com.example.none')).toThrow('does not exist')
    expect(ask(pair, { method: 'validate', uri: `${NSID}#view` }, {})).toEqual({})
  })
})

describe('bodies and messages', () => {
  const procedure = (schema: Schema): Schema => ({
    type: 'procedure',
    input: { encoding: 'application/json', schema },
  })
  const input = (schema: Schema, others: Schema, value: unknown): unknown =>
    ask(
      pairOf(documents({ main: procedure(schema) }, others)),
      { method: 'assertValidXrpcInput', uri: NSID },
      value,
    )

  it.each([
    [
      'a record',
      {
        type: 'record',
        key: 'tid',
        record: object({ a: { type: 'string' } }, { required: ['a'] }),
      },
    ],
    ['an array', { type: 'array', items: { type: 'string' } }],
    ['a string', { type: 'string' }],
    ['a token', { type: 'token' }],
  ])('accepts any object where a body refers to %s', (_, definition) => {
    const value = { a: 1, $type: OTHER }
    expect(input({ type: 'ref', ref: OTHER }, { main: definition }, value)).toBe(value)
    expect(input({ type: 'union', refs: [OTHER], closed: true }, { main: definition }, value)).toBe(
      value,
    )
    expect(input({ type: 'ref', ref: OTHER }, { main: definition }, 'x')).toBeInstanceOf(
      ValidationError,
    )
  })

  it('treats a definition other than an object as one if it has properties', () => {
    const definition = {
      type: 'array',
      items: { type: 'string' },
      properties: { a: { type: 'string' } },
    }
    const error = input({ type: 'ref', ref: OTHER }, { main: definition }, { a: 1 })
    expect(messageOf(error)).toBe('Input/a must be a string')
    expect(input({ type: 'ref', ref: OTHER }, { main: definition }, { a: 'x' })).toEqual({ a: 'x' })
  })

  it('validates messages by their union', () => {
    const main = { type: 'subscription', message: { schema: { type: 'union', refs: ['#tick'] } } }
    const pair = pairOf(documents({ main, tick: object({ n: { type: 'integer' } }) }))
    const entrance = { method: 'assertValidXrpcMessage', uri: NSID } as const
    const value = { $type: `${NSID}#tick`, n: 1 }
    expect(ask(pair, entrance, value)).toBe(value)
    expect(messageOf(ask(pair, entrance, { $type: `${NSID}#tick`, n: 'x' }))).toBe(
      'Message/n must be an integer',
    )
  })

  it('returns nothing for a method without a declared body', () => {
    const pair = pairOf(documents({ main: { type: 'procedure' } }))
    expect(ask(pair, { method: 'assertValidXrpcInput', uri: NSID }, { a: 1 })).toBeUndefined()
    expect(ask(pair, { method: 'assertValidXrpcParams', uri: NSID }, { a: 1 })).toBeUndefined()
    expect(messageOf(ask(pair, { method: 'assertValidXrpcMessage', uri: NSID }, {}))).toBe(
      `Not a subscription lexicon: lex:${NSID}`,
    )
  })
})

describe('parameters', () => {
  const query = (properties: Schema, rest: Schema = {}): Pair =>
    pairOf(
      documents({ main: { type: 'query', parameters: { type: 'params', ...rest, properties } } }),
    )
  const params = (pair: Pair, value: unknown): unknown =>
    ask(pair, { method: 'assertValidXrpcParams', uri: NSID }, value)

  it.each([undefined, null, 'x', 7])('treats %p as {}', (value) => {
    expect(params(query({ n: { type: 'integer', default: 50 } }), value)).toEqual({ n: 50 })
    expect(params(query({}), value)).toEqual({})
  })

  it('ignores nullable', () => {
    const error = params(query({ n: { type: 'integer' } }, { nullable: ['n'] }), { n: null })
    expect(messageOf(error)).toBe('n must be an integer')
  })

  it('keeps unknown keys', () => {
    const value = { n: 1, more: 'x' }
    expect(params(query({ n: { type: 'integer' } }), value)).toBe(value)
  })

  it('names the missing parameter', () => {
    expect(messageOf(params(query({ n: { type: 'integer' } }, { required: ['n'] }), {}))).toBe(
      'Params must have the property "n"',
    )
  })
})

describe('loading', () => {
  it('rewrites every array entry that starts with #', () => {
    passes({ type: 'string', enum: ['#x'] }, `${'lex:'}${NSID}#x`)
    fails({ type: 'string', enum: ['#x'] }, '#x', `Object/a must be one of (lex:${NSID}#x)`)
    const pair = pairOf(
      documents({ view: object({ '#x': { type: 'string' } }, { required: ['#x'] }) }),
    )
    expect(ask(pair, { method: 'validate', uri: `${NSID}#view` }, {})).toEqual({})
  })

  it('throws for a document that already exists', () => {
    const { compiled } = pairOf(documents({ view: object({}) }))
    expect(() => compiled.add({ lexicon: 1, id: NSID, defs: {} } as never)).toThrow(
      `lex:${NSID} has already been registered`,
    )
  })
})

describe('calls', () => {
  const pair = pairOf(documents({ view: object({ a: { type: 'string' } }) }))

  it.each(['', '#x', 'a#b#c', 'com.example.none', `lex:${NSID}#view`, NSID])(
    'answers like the library for the URI %p',
    (uri) => {
      for (const method of ['validate', 'assertValidRecord', 'assertValidXrpcInput'] as const) {
        ask(pair, { method, uri }, { $type: uri })
        ask(pair, { method, uri }, 'x')
      }
    },
  )

  it('answers like the library for a URI that is not a string', () => {
    ask(pair, { method: 'validate', uri: undefined as never }, {})
    ask(pair, { method: 'validate', uri: 7 as never }, {})
  })

  it('reads each property once, in schema order, when it accepts', () => {
    const reads: PropertyKey[] = []
    const value = new Proxy(
      { a: 'x', b: 'y' },
      {
        get: (target, key) => {
          reads.push(key)
          return Reflect.get(target, key)
        },
      },
    )
    const two = pairOf(
      documents({
        view: object({
          b: { type: 'string', maxLength: 3, maxGraphemes: 2 },
          a: { type: 'string', format: 'nsid2' },
        }),
      }),
    )
    two.compiled.validate(`${NSID}#view`, value)
    expect(reads).toEqual(['b', 'a'])
  })

  it('propagates errors of getters', () => {
    const thrown = new Error('mine')
    const value = {
      get a(): string {
        throw thrown
      },
    }
    expect(ask(pair, { method: 'validate', uri: `${NSID}#view` }, value)).toBe(thrown)
  })
})

describe('the registry', () => {
  const ids = ['com.example.one', 'com.example.two', 'com.example.three']
  const three = () =>
    pairOf(ids.map((id) => ({ lexicon: 1, id, defs: { view: object({ a: { type: 'string' } }) } })))

  it('lists documents and definitions in order, whichever was used first', () => {
    const { reference, compiled } = three()
    const last = compiled.get('com.example.three')
    compiled.add({ lexicon: 1, id: 'com.example.four', defs: {} })
    reference.add({ lexicon: 1, id: 'com.example.four', defs: {} })
    expect([...compiled]).toEqual([...reference])
    expect([...compiled.docs]).toEqual([...reference.docs])
    expect([...compiled.defs.keys()]).toEqual([...reference.defs.keys()])
    expect(compiled.get('com.example.three')).toBe(last)
  })

  it.each(['docs', 'defs'] as const)('exposes everything in %s, however it is read', (field) => {
    const expected = three().reference[field]
    expect(three().compiled[field].size).toBe(expected.size)
    expect(three().compiled[field].has([...expected.keys()][2] as string)).toBe(true)
    expect(three().compiled[field].get([...expected.keys()][2] as string)).toEqual(
      [...expected.values()][2],
    )
    expect([...three().compiled[field].keys()]).toEqual([...expected.keys()])
    expect([...three().compiled[field].values()]).toEqual([...expected.values()])
    expect([...three().compiled[field].entries()]).toEqual([...expected])
    const seen: string[] = []
    three().compiled[field].forEach((_, key) => {
      seen.push(key)
    })
    expect(seen).toEqual([...expected.keys()])
  })

  it('respects changes to its definitions', () => {
    const { compiled } = three()
    expect(compiled.validate('com.example.one#view', { a: 'x' }).success).toBe(true)
    compiled.defs.set('lex:com.example.one#view', {
      type: 'object',
      required: ['b'],
      properties: {},
    })
    compiled.defs.delete('lex:com.example.two#view')
    compiled.docs.clear()
    expect(compiled.validate('com.example.one#view', { a: 1 }).success).toBe(true)
    expect(() => compiled.validate('com.example.two#view', { a: 'x' })).toThrow(
      LexiconDefNotFoundError,
    )
    expect(() => compiled.clone()).toThrow('make a new registry')
  })

  it('does not affect a clone', () => {
    const { compiled } = three()
    const clone = compiled.clone()
    clone.remove('com.example.one')
    expect(compiled.get('com.example.one')).toBeDefined()
    expect(compiled.validate('com.example.one#view', {}).success).toBe(true)
    expect(() => clone.validate('com.example.one#view', {})).toThrow(LexiconDefNotFoundError)
  })

  it('does not modify its documents', () => {
    const { compiled, documents } = pairOf([
      { lexicon: 1, id: NSID, defs: { view: object({ a: { type: 'ref', ref: '#view' } }) } },
    ])
    expect(compiled.docs.size).toBe(1)
    expect(JSON.stringify(documents)).toContain('"#view"')
  })
})
