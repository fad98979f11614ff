import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { contentTypes, jsonTexts } from './bodies.ts'
import { chunked, get, post, postBytes, request, utf8 } from './requests.ts'

const echo = '/xrpc/io.example.echo'
const blob = '/xrpc/io.example.blob'
const json = { 'Content-Type': 'application/json' }
const ok = '{"s":"x"}'
const large = (size: number) => JSON.stringify({ s: 'x'.repeat(size - 8) })

/** How bodies are read, limited, decoded and refused. */
export const bodyCases: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    jsonTexts.map((text, n) => [`body ${n}: ${text.slice(0, 50)}`, post(echo, text)]),
  ),
  ...Object.fromEntries(
    jsonTexts.slice(0, 36).map((text) => [`raw body ${text}`, post('/xrpc/io.example.raw', text)]),
  ),
  ...Object.fromEntries(
    jsonTexts.slice(0, 12).map((text) => [`chunked body ${text}`, chunked(echo, [text])]),
  ),
  ...Object.fromEntries(
    contentTypes.map((type) => [`type ${type}`, post(echo, ok, { 'Content-Type': type })]),
  ),
  ...Object.fromEntries(
    contentTypes
      .slice(0, 26)
      .map((type) => [`type for a blob ${type}`, post(blob, ok, { 'Content-Type': type })]),
  ),
  ...Object.fromEntries(
    contentTypes
      .slice(18, 24)
      .map((type) => [
        `type for a list ${type}`,
        post('/xrpc/io.example.list', ok, { 'Content-Type': type }),
      ]),
  ),
  'a list of contentTypes, JSON': post('/xrpc/io.example.list', ok),
  'a list of contentTypes, broken JSON': post('/xrpc/io.example.list', '{'),
  'no type': post(echo, ok, { 'Content-Type': '' }),
  'no type, no body': request('POST', echo),
  'no type, length 0': request('POST', echo, { 'Content-Length': '0' }),
  'no length': request('POST', echo, json),
  'length 0': request('POST', echo, { ...json, 'Content-Length': '0' }),
  'length 0, written long': request('POST', echo, { ...json, 'Content-Length': '00' }),
  'length with leading zeros': request('POST', echo, { ...json, 'Content-Length': '009' }, ok),
  'length with a plus': request('POST', echo, { ...json, 'Content-Length': '+9' }, ok),
  'length in hexadecimal': request('POST', echo, { ...json, 'Content-Length': '0x9' }, ok),
  'negative length': request('POST', echo, { ...json, 'Content-Length': '-1' }, ok),
  'two lengths': `POST ${echo} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Length: 9\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${ok}`,
  'two different lengths': `POST ${echo} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Length: 8\r\nConnection: close\r\n\r\n${ok}`,
  'two types': `POST ${echo} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n${ok}`,
  'length and chunks': chunked(echo, [ok], { 'Content-Length': '9' }),
  'a body longer than its length': request(
    'POST',
    echo,
    { ...json, 'Content-Length': '9' },
    `${ok}junk`,
  ),
  'one chunk': chunked(echo, [ok]),
  'a chunk for each character': chunked(echo, [...ok]),
  'no chunk': chunked(echo, []),
  'chunks without a type': chunked(echo, [ok], { 'Content-Type': '' }),
  'a chunk extension': request(
    'POST',
    echo,
    { ...json, 'Transfer-Encoding': 'chunked' },
    `9;ext=1\r\n${ok}\r\n0\r\n\r\n`,
  ),
  'a trailer': request(
    'POST',
    echo,
    { ...json, 'Transfer-Encoding': 'chunked' },
    `9\r\n${ok}\r\n0\r\nX-T: 1\r\n\r\n`,
  ),
  'a broken chunk size': request(
    'POST',
    echo,
    { ...json, 'Transfer-Encoding': 'chunked' },
    `zz\r\n${ok}\r\n0\r\n\r\n`,
  ),
  'chunked twice': chunked(echo, [ok], { 'Transfer-Encoding': 'chunked, chunked' }),
  'an unknown transfer coding': request('POST', echo, { ...json, 'Transfer-Encoding': 'gzip' }, ok),
  ...Object.fromEntries(
    [
      ...['gzip, chunked', 'chunked, gzip', 'identity', 'identity, chunked', 'Chunked', 'xchunked'],
      ...['chunked,', '"chunked"', 'chunked;q=1', 'trailers', 'x'],
    ].flatMap((coding) =>
      [echo, blob, '/xrpc/io.example.nothing'].map((target) => [
        `transfer coding ${coding} to ${target}`,
        chunked(target, [ok], { 'Transfer-Encoding': coding }),
      ]),
    ),
  ),
  ...Object.fromEntries(
    [`8\r\n${ok}\r\n0\r\n\r\n`, `9\n${ok}\n0\n\n`, `9 \r\n${ok}\r\n0\r\n\r\n`].map((body, n) => [
      `malformed chunks ${n}`,
      request('POST', echo, { ...json, 'Transfer-Encoding': 'chunked' }, body),
    ]),
  ),
  'a bad trailer': request(
    'POST',
    echo,
    { ...json, 'Transfer-Encoding': 'chunked' },
    `9\r\n${ok}\r\n0\r\nno trailer\r\n\r\n`,
  ),
  'split characters': chunked(echo, ['{"s":"', 'é', '"}']),
  'bad UTF-8': postBytes(echo, Buffer.from('7b2273223a22fffe80c3227d', 'hex'), json),
  'a lone continuation': postBytes(echo, Buffer.from('7b2273223a2280227d', 'hex'), json),
  'an encoded surrogate': postBytes(echo, Buffer.from('7b2273223a22eda080227d', 'hex'), json),
  'UTF-16 as declared': postBytes(echo, Buffer.from(ok, 'utf16le'), {
    'Content-Type': 'application/json; charset=utf-16',
  }),
  'UTF-16 with a mark': postBytes(echo, Buffer.from(`\ufeff${ok}`, 'utf16le'), json),

  'JSON at the limit': post(echo, large(102_400)),
  'JSON at the limit, of spaces': post(echo, ok + ' '.repeat(102_391)),
  'JSON over the limit, of spaces': post(echo, ok + ' '.repeat(102_392)),
  'JSON over the limit': post(echo, large(102_401)),
  'JSON far over the limit': post(echo, large(400_000)),
  'JSON over the limit, announced only': request(
    'POST',
    echo,
    { ...json, 'Content-Length': '102401', Connection: 'close' },
    large(102_401),
  ),
  'JSON over the limit in chunks': chunked(echo, [large(102_401)]),
  'JSON at the limit in chunks': chunked(echo, [large(102_400)]),
  'JSON at a limit of its own': post('/xrpc/io.example.small', large(64)),
  'JSON over a limit of its own': post('/xrpc/io.example.small', large(65)),
  'text over the limit': post('/xrpc/io.example.text', 'x'.repeat(102_401), {
    'Content-Type': 'text/plain',
  }),
  'a blob at its limit': postBytes('/xrpc/io.example.smallBlob', Buffer.alloc(64, 1), {
    'Content-Type': 'image/png',
  }),
  'a blob over its limit': postBytes('/xrpc/io.example.smallBlob', Buffer.alloc(65, 1), {
    'Content-Type': 'image/png',
  }),
  'a blob over its limit in chunks': chunked(
    '/xrpc/io.example.smallBlob',
    ['x'.repeat(40), 'x'.repeat(40)],
    { 'Content-Type': 'image/png' },
  ),
  'a blob over its limit inside': postBytes(
    '/xrpc/io.example.smallBlob',
    gzipSync(Buffer.alloc(500)),
    { 'Content-Type': 'image/png', 'Content-Encoding': 'gzip' },
  ),

  ...codings(echo, ok, json),
  ...codings(blob, 'some bytes', { 'Content-Type': 'image/png' }),
  ...codings('/xrpc/io.example.text', 'text', { 'Content-Type': 'text/plain' }),
  'gzip over the limit inside': postBytes(echo, gzipSync(large(200_000)), {
    ...json,
    'Content-Encoding': 'gzip',
  }),
  'gzip that is none': postBytes(echo, Buffer.from('no gzip'), {
    ...json,
    'Content-Encoding': 'gzip',
  }),
  'gzip cut off': postBytes(echo, gzipSync(ok).subarray(0, 15), {
    ...json,
    'Content-Encoding': 'gzip',
  }),

  text: post('/xrpc/io.example.text', 'é', { 'Content-Type': 'text/plain' }),
  'text in Latin-1': postBytes('/xrpc/io.example.text', Buffer.from([0xe9]), {
    'Content-Type': 'text/plain; charset=latin1',
  }),
  'text of length 0': post('/xrpc/io.example.text', '', { 'Content-Type': 'text/plain' }),
  'JSON where text is declared': post('/xrpc/io.example.text', ok),
  'an image': postBytes('/xrpc/io.example.image', Buffer.from([1, 2]), {
    'Content-Type': 'image/png',
  }),
  'another image': postBytes('/xrpc/io.example.image', Buffer.from([1, 2]), {
    'Content-Type': 'image/jpeg',
  }),
  'an image of another type': postBytes('/xrpc/io.example.image', Buffer.from([1, 2]), {
    'Content-Type': 'image/gif',
  }),
  'a blob': postBytes(blob, Buffer.from([0, 255]), { 'Content-Type': 'image/png' }),
  'a blob of length 0': postBytes(blob, Buffer.alloc(0), { 'Content-Type': 'image/png' }),
  'a blob in chunks': chunked(blob, ['ab', 'cd'], { 'Content-Type': 'image/png' }),
  'a blob without a type': postBytes(blob, Buffer.from([1])),
  'a blob without a body': request('POST', blob, { 'Content-Type': 'image/png' }),
  'a body for a query': request('GET', '/xrpc/io.example.params', { 'Content-Length': '2' }, 'hi'),
  'a body of length 0 for a query': request('GET', '/xrpc/io.example.params', {
    'Content-Length': '0',
  }),
  'chunks for a query': request(
    'GET',
    '/xrpc/io.example.params',
    { 'Transfer-Encoding': 'chunked' },
    '2\r\nhi\r\n0\r\n\r\n',
  ),
  'no chunk for a query': request(
    'GET',
    '/xrpc/io.example.params',
    { 'Transfer-Encoding': 'chunked' },
    '0\r\n\r\n',
  ),
  'a type for a query': get('/xrpc/io.example.params', json),
  'a body where none is declared': post('/xrpc/io.example.nothing', ok),
  'chunks where no body is declared': chunked('/xrpc/io.example.nothing', [ok]),
  'no chunk where no body is declared': chunked('/xrpc/io.example.nothing', []),
  'Expect: 100-continue': post(echo, ok, { Expect: '100-continue' }),
  'Expect: 100-continue, in other case': post(echo, ok, { Expect: '100-Continue' }),
  'Expect: 100-continue and a body too large': post(echo, large(102_401), {
    Expect: '100-continue',
  }),
  'Expect: something else': post(echo, ok, { Expect: 'a-pony' }),
}

function codings(
  target: string,
  text: string,
  type: Record<string, string>,
): Record<string, string> {
  const plain = Buffer.from(utf8(text), 'latin1')
  const bodies: Record<string, Uint8Array> = {
    gzip: gzipSync(plain),
    GZIP: gzipSync(plain),
    'x-gzip': gzipSync(plain),
    deflate: deflateSync(plain),
    br: brotliCompressSync(plain),
    identity: plain,
    IDENTITY: plain,
    'gzip, identity': gzipSync(plain),
    'deflate, gzip': gzipSync(deflateSync(plain)),
    'raw deflate': deflateRawSync(plain),
    zstd: plain,
    nonsense: plain,
    ',': plain,
  }
  return Object.fromEntries(
    Object.entries(bodies).map(([coding, bytes]) => [
      `${target} coded ${coding}`,
      postBytes(target, bytes, { ...type, 'Content-Encoding': coding.replace('raw ', '') }),
    ]),
  )
}
