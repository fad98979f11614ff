import { Readable } from 'node:stream'
import { BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'

const link = CID.parse('bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a')

/** An output that is not a plain object. */
class Answer {
  readonly encoding = 'application/json'
  readonly body = { n: 1 }
}

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

/** Results of handlers, by the `kind` that selects them. */
export const outputs: Readonly<Record<string, () => unknown>> = {
  json: () => ({ encoding: 'application/json', body: { n: 1 } }),
  alias: () => ({ encoding: 'json', body: { n: 1 } }),
  charset: () => ({ encoding: 'application/json; charset=utf-8', body: { n: 1 } }),
  upper: () => ({ encoding: 'Application/JSON', body: { n: 1 } }),
  extra: () => ({ encoding: 'application/json', body: { n: 1, more: 'é😀', none: undefined } }),
  large: () => ({ encoding: 'application/json', body: { n: 1, text: 'é<&>'.repeat(50_000) } }),
  headers: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'X-One': '1', vary: 'x' },
  }),
  ownType: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'content-type': 'a/b' },
  }),
  badTypeOfNoJson: () => ({
    encoding: 'application/json',
    body: { n: 1, big: 1n },
    headers: { 'Content-Type': ' ' },
  }),
  badTypeOfDeepJson: () => ({
    encoding: 'json',
    body: { n: 1, deep: nested(20_000) },
    headers: { 'Content-Type': ' ' },
  }),
  ownLength: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'content-length': '3' },
  }),
  ownEtag: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { ETag: '"mine"' } }),
  ...Object.fromEntries(
    Object.entries({ short: 'x', shortText: 'é', long: 'x'.repeat(2_000) }).map(([name, text]) => [
      `ownEtagAndLetters-${name}`,
      () => ({
        encoding: 'application/json',
        body: { n: 1, text },
        headers: { ETag: '"mine"', 'X-Letters': '\xe9\xff' },
      }),
    ]),
  ),
  badHeader: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X-Bad': 'a\nb' } }),
  nullHeader: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X-Null': null } }),
  numberHeader: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X-N': 5 } }),
  status200: () => ({ status: 200, encoding: 'application/json', body: { n: 1 } }),
  status400: () => ({ status: 400, encoding: 'application/json', body: { n: 1 } }),
  error: () => ({ status: 404, error: 'NotThere', message: 'It is not there' }),
  errorBare: () => ({ status: 429 }),
  errorOdd: () => ({ status: 799, message: 'odd' }),
  wrongBody: () => ({ encoding: 'application/json', body: { n: 'one' } }),
  noBody: () => ({ encoding: 'application/json' }),
  undefinedBody: () => ({ encoding: 'application/json', body: undefined }),
  nullBody: () => ({ encoding: 'application/json', body: null }),
  arrayBody: () => ({ encoding: 'application/json', body: [1, 'two'] }),
  stringBody: () => ({ encoding: 'application/json', body: 'text' }),
  lex: () => ({
    encoding: 'application/json',
    body: {
      n: 1,
      link,
      bytes: new Uint8Array([1, 2, 3]),
      file: new BlobRef(link, 'image/png', 5),
      nested: [{ link }, [new Uint8Array([4])]],
    },
  }),
  date: () => ({ encoding: 'application/json', body: { n: 1, at: new Date(0), nan: Number.NaN } }),
  map: () => ({ encoding: 'application/json', body: { n: 1, map: new Map([[1, 2]]), re: /x/ } }),
  holes: () => ({ encoding: 'application/json', body: { n: 1, list: [1, undefined, 2] } }),
  sparse: () => ({ encoding: 'application/json', body: { n: 1, list: new Array(2) } }),
  deep: () => ({ encoding: 'application/json', body: { n: 1, deep: nested(20_000) } }),
  arrayForm: () => ({
    encoding: 'application/json',
    body: { n: 1, list: Object.assign([1], { toJSON: () => 'hidden' }) },
  }),
  getter: () => ({
    encoding: 'application/json',
    body: {
      n: 1,
      get x() {
        throw new Error('secret detail')
      },
    },
  }),
  surrogate: () => ({ encoding: 'application/json', body: { n: 1, x: '\ud800' } }),
  instance: () => new Answer(),
  latinHeader: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'X-Latin': '\xe9' },
  }),
  latinHeaders: () => ({
    encoding: 'application/json',
    body: { n: 1, text: '\xe9' },
    headers: { 'X-Latin': '\xe9' },
  }),
  badName: () => ({ encoding: 'application/json', body: { n: 1 }, headers: { 'X Bad': '1' } }),
  listHeader: () => ({
    encoding: 'application/json',
    body: { n: 1 },
    headers: { 'Set-Cookie': ['a=1', 'b=2'] },
  }),
  statusText: () => ({ status: '500', encoding: 'application/json', body: { n: 1 } }),
  bufferText: () => ({ encoding: 'a/b', buffer: 'no buffer' }),
  streamText: () => ({ encoding: 'a/b', stream: 'no stream' }),
  badEncoding: () => ({ encoding: 'a/b\r\nX-Bad: 1', body: 'x' }),
  lateBreak: () => ({
    encoding: 'text/plain',
    stream: Readable.from(
      (async function* () {
        yield 'begun'
        throw new Error('broken')
      })(),
    ),
  }),
  fn: () => ({ encoding: 'application/json', body: { n: 1, fn: () => 1 } }),
  toJson: () => ({ encoding: 'application/json', body: { n: 1, x: { toJSON: () => 'hidden' } } }),
  bigint: () => ({ encoding: 'application/json', body: { n: 1, big: 1n } }),
  proto: () => ({ encoding: 'application/json', body: JSON.parse('{"n":1,"__proto__":{"a":1}}') }),
  nullProto: () => ({
    encoding: 'application/json',
    body: Object.assign(Object.create(null), { n: 1 }),
  }),
  circular: () => {
    const body: Record<string, unknown> = { n: 1 }
    body.self = body
    return { encoding: 'application/json', body }
  },
  nothing: () => undefined,
  null: () => null,
  false: () => false,
  zero: () => 0,
  text: () => ({ encoding: 'text/plain', body: 'plain é' }),
  html: () => ({ encoding: 'text/html', body: '<p>hi</p>' }),
  binary: () => ({ encoding: 'application/octet-stream', body: Buffer.from([0, 1, 2, 255]) }),
  bytes: () => ({ encoding: 'image/png', body: new Uint8Array([9, 8, 7]) }),
  number: () => ({ encoding: 'text/plain', body: 7 }),
  object: () => ({ encoding: 'text/plain', body: { n: 1 } }),
  empty: () => ({ encoding: 'text/plain', body: '' }),
  stream: () => ({ encoding: 'text/plain', stream: Readable.from(['one ', 'two']) }),
  bodyStream: () => ({ encoding: 'application/json', body: Readable.from(['{"n":', '1}']) }),
  streamHeaders: () => ({
    encoding: 'application/vnd.x+json',
    stream: Readable.from(['{}']),
    headers: { 'X-One': '1', 'Content-Length': '2' },
  }),
  buffer: () => ({ encoding: 'application/json', buffer: Buffer.from('{"any":"thing"}') }),
  bufferHeaders: () => ({ encoding: 'a/b', buffer: Buffer.from('x'), headers: { 'X-One': '1' } }),
  brokenStream: () => ({
    encoding: 'text/plain',
    stream: new Readable({
      read() {
        this.destroy(new Error('broken'))
      },
    }),
  }),
  noEncoding: () => ({ body: { n: 1 } }),
  odd: () => ({ something: 'else' }),
  string: () => 'a string',
  late: async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return { encoding: 'application/json', body: { n: 2 } }
  },
}
