import type { LexiconDoc } from '@atproto/lexicon'

/** The documents that both servers of a comparison serve: one method per feature. */
export const documents: readonly LexiconDoc[] = [
  query('io.example.params', {
    output: json({ seen: { type: 'string' } }),
    parameters: {
      type: 'params',
      properties: {
        s: { type: 'string', maxLength: 40 },
        i: { type: 'integer', minimum: -5, maximum: 1_000_000 },
        b: { type: 'boolean' },
        d: { type: 'integer', default: 7 },
        a: { type: 'array', items: { type: 'string' }, maxLength: 4 },
        ai: { type: 'array', items: { type: 'integer' } },
        ab: { type: 'array', items: { type: 'boolean' } },
        u: { type: 'unknown' } as never,
        'x-y.z': { type: 'string' },
        handle: { type: 'string', format: 'handle' },
      },
    },
  }),
  query('io.example.required', {
    output: json({ seen: { type: 'string' } }),
    parameters: {
      type: 'params',
      required: ['s', 'i'],
      properties: { s: { type: 'string' }, i: { type: 'integer' } },
    },
  }),
  query('io.example.oddName', {
    output: json({ seen: { type: 'string' } }),
    parameters: {
      type: 'params',
      properties: { 'a b': { type: 'string' }, 'c[]': { type: 'string' }, é: { type: 'string' } },
    },
  }),
  query('io.example.bare', {}),
  procedure('io.example.echo', {
    input: json(
      {
        s: { type: 'string', maxLength: 100_000 },
        i: { type: 'integer' },
        d: { type: 'string', default: 'filled in' },
        any: { type: 'unknown' },
        bytes: { type: 'bytes' },
        link: { type: 'cid-link' },
        file: { type: 'blob' },
      },
      ['s'],
    ),
    output: json({ seen: { type: 'string' } }),
  }),
  procedure('io.example.raw', {
    input: { encoding: 'application/json' },
    output: json({ seen: { type: 'string' } }),
  }),
  procedure('io.example.list', {
    input: { encoding: 'text/plain, application/json' },
    output: json({ seen: { type: 'string' } }),
  }),
  procedure('io.example.text', {
    input: { encoding: 'text/plain' },
    output: { encoding: 'text/plain' },
  }),
  procedure('io.example.blob', { input: { encoding: '*/*' }, output: { encoding: '*/*' } }),
  procedure('io.example.smallBlob', { input: { encoding: '*/*' }, output: { encoding: '*/*' } }),
  procedure('io.example.image', {
    input: { encoding: 'image/png,image/jpeg' },
    output: json({ seen: { type: 'string' } }),
  }),
  procedure('io.example.nothing', {}),
  procedure('io.example.small', {
    input: json({ s: { type: 'string' } }),
    output: json({ seen: { type: 'string' } }),
  }),
  query('io.example.out', { parameters: kind(), output: json({ n: { type: 'integer' } }, ['n']) }),
  query('io.example.outAny', { parameters: kind(), output: { encoding: '*/*' } }),
  query('io.example.outNone', { parameters: kind() }),
  procedure('io.example.outPost', { output: json({ n: { type: 'integer' } }, ['n']) }),
  query('io.example.fail', { parameters: kind() }),
  procedure('io.example.failPost', { parameters: kind(), input: json({}) }),
  query('io.example.own', { parameters: kind(), output: { encoding: '*/*' } }),
  procedure('io.example.ownPost', { parameters: kind(), output: { encoding: '*/*' } }),
  procedure('io.example.auth', {
    parameters: kind(),
    input: json({ s: { type: 'string' } }, ['s']),
    output: json({ seen: { type: 'string' } }),
  }),
  query('io.example.verified', { parameters: kind(), output: json({ seen: { type: 'string' } }) }),
  procedure('io.example.verifiedPost', {
    parameters: kind(),
    input: json({ s: { type: 'string' } }, ['s']),
    output: json({ seen: { type: 'string' } }),
  }),
  query('io.example.limited', { parameters: kind() }),
  query('io.example.shared', { parameters: kind() }),
  procedure('io.example.resetting', { parameters: kind() }),
  query('io.example.unhandled', {}),
  {
    lexicon: 1,
    id: 'io.example.subscribe',
    defs: {
      main: {
        type: 'subscription',
        parameters: { type: 'params', required: ['n'], properties: { n: { type: 'integer' } } },
        message: { schema: { type: 'union', refs: ['#tick'] } },
      },
      tick: { type: 'object', properties: { n: { type: 'integer' } } },
    },
  },
]

function kind() {
  return { type: 'params' as const, properties: { kind: { type: 'string' as const } } }
}

function json(properties: object, required: string[] = []) {
  return { encoding: 'application/json', schema: { type: 'object', required, properties } }
}

function query(id: string, rest: object): LexiconDoc {
  return { lexicon: 1, id, defs: { main: { type: 'query', ...rest } } } as LexiconDoc
}

function procedure(id: string, rest: object): LexiconDoc {
  return { lexicon: 1, id, defs: { main: { type: 'procedure', ...rest } } } as LexiconDoc
}
