import { describe, expect, it } from '@jest/globals'
import { accepted, call, type Outcome } from './compare.ts'
import { type Pair, pairOf } from './compile.ts'
import { FORMATTED } from './strings.ts'

const ENTRANCE = { method: 'validate', uri: 'com.example.it#view' } as const
const LENGTH = 2 ** 18

function pairFor(properties: object, defs: object = {}): Pair {
  const view = { type: 'object', properties }
  return pairOf([{ lexicon: 1, id: 'com.example.it', defs: { view, ...defs } }])
}

/** Measures CPU time, which a busy machine does not inflate like wall-clock time. */
function timed(run: () => Outcome): { readonly outcome: Outcome; readonly milliseconds: number } {
  const started = process.cpuUsage()
  const outcome = run()
  const { user, system } = process.cpuUsage(started)
  return { outcome, milliseconds: (user + system) / 1000 }
}

/** Retries of a slow answer: garbage collection is not a property of the text. */
const TRIES = 4

describe('a string of 262,144 characters', () => {
  const fill = (piece: string, start = '', end = ''): string =>
    start + piece.repeat(Math.floor((LENGTH - start.length - end.length) / piece.length)) + end
  const texts: Readonly<Record<string, string>> = {
    letters: fill('a'),
    'labels without end': fill('a.'),
    'labels with a bad end': fill('a.', '', '!'),
    'hyphens in a label': fill('-', 'a', 'a.test'),
    'a did': fill('a', 'did:plc:', '!'),
    'colons in a did': fill(':', 'did:a:'),
    'an at-uri': fill('a', 'at://did:plc:', '/!'),
    'segments of an at-uri': fill('a.', 'at://did:plc:abc/', '!'),
    'slashes in an at-uri': fill('/', 'at://did:plc:abc'),
    'a uri': fill('x', 'https://', ' '),
    digits: fill('1', '1985-04-12T23:20:50.', '?'),
    'digits of a fraction': fill('1', '1985-04-12T23:20:50.', 'Z'),
    subtags: fill('-a', 'en'),
    base32: fill('a', 'bafyrei', '!'),
    'combining marks': fill('\u0301', 'e'),
    'joined emoji': fill('👨‍', '', '👨'),
    'lone surrogates': fill('\ud800'),
    'regional indicators': fill('🇩'),
    zeros: fill('\0'),
  }
  const schemas: Readonly<Record<string, object>> = {
    ...Object.fromEntries(
      Object.keys(FORMATTED).map((format) => [format, { type: 'string', format }]),
    ),
    bytes: { type: 'string', maxLength: 100, minLength: 2 },
    graphemes: { type: 'string', maxLength: LENGTH * 4, maxGraphemes: 100_000 },
    'least graphemes': { type: 'string', minGraphemes: 10 },
    enum: { type: 'string', enum: ['a', 'b'] },
    $type: { type: 'union', refs: ['#view'] },
  }

  it.each(Object.entries(schemas))(
    'makes %s hardly more expensive than in the library',
    (name, schema) => {
      const pair = pairFor({ a: schema })
      for (const [kind, text] of Object.entries(texts)) {
        const value = { a: name === '$type' ? { $type: text } : text }
        const base = timed(() => call(pair.reference, ENTRANCE, value))
        // Allows one pass more than the library makes, but not repeated passes.
        const bound = 2 * base.milliseconds + 150
        let slow: number | false = false
        for (let attempt = 1; attempt <= TRIES; attempt++) {
          const own = timed(() => call(pair.compiled, ENTRANCE, value))
          expect(accepted(own.outcome) !== undefined).toBe(accepted(base.outcome) !== undefined)
          slow = own.milliseconds > bound && own.milliseconds
          if (slow === false) break
        }
        expect({ kind, slow }).toEqual({ kind, slow: false })
      }
    },
  )
})

describe('nesting', () => {
  const tree = {
    type: 'object',
    properties: {
      child: { type: 'ref', ref: '#tree' },
      children: { type: 'array', items: { type: 'union', refs: ['#tree'] } },
      n: { type: 'integer', default: 1 },
    },
  }
  const pair = pairFor({ a: { type: 'ref', ref: '#tree' } }, { tree })
  const nested = (depth: number, wrap: (inner: object) => object): object => {
    let value: object = { n: 1 }
    for (let level = 0; level < depth; level++) value = { ...wrap(value), n: 1 }
    return { a: value }
  }
  const $type = 'com.example.it#tree'
  const chains = {
    objects: (inner: object) => ({ child: inner }),
    'arrays of unions': (inner: object) => ({ children: [{ ...inner, $type }] }),
  }

  it.each(Object.entries(chains))('accepts %s as deep as the library can', (_, wrap) => {
    let deepest = 0
    for (let depth = 64; depth < 1_000_000; depth = Math.ceil(depth * 1.3)) {
      if (!accepted(call(pair.reference, ENTRANCE, nested(depth, wrap)))) break
      // The possible depth depends on JIT optimisation, so both are called equally often.
      call(pair.compiled, ENTRANCE, nested(depth, wrap))
      deepest = depth
    }
    expect(deepest).toBeGreaterThan(100)
    const value = nested(deepest, wrap)
    expect(accepted(call(pair.compiled, ENTRANCE, value))?.value).toBe(value)
  })

  it.each(Object.entries(chains))(
    'handles 10,000 and 100,000 levels of %s immediately',
    (_, wrap) => {
      for (const depth of [10_000, 100_000]) {
        const value = nested(depth, wrap)
        const { outcome, milliseconds } = timed(() => call(pair.compiled, ENTRANCE, value))
        const yes = accepted(outcome)
        // The only alternative is a stack overflow, as in the library at such depths.
        if (yes) expect(yes.value).toBe(value)
        else expect((outcome as { thrown: unknown }).thrown).toBeInstanceOf(RangeError)
        expect(milliseconds).toBeLessThan(1000)
      }
    },
  )
})

it('takes linear time for an array', () => {
  const pair = pairFor({ a: { type: 'array', items: { type: 'union', refs: ['#view'] } } })
  const $type = 'com.example.it#view'
  const milliseconds = (length: number): number => {
    const value = { a: Array.from({ length }, () => ({ $type })) }
    return timed(() => call(pair.compiled, ENTRANCE, value)).milliseconds
  }
  milliseconds(10_000)
  expect(milliseconds(400_000)).toBeLessThan(100 * Math.max(1, milliseconds(10_000)))
})
