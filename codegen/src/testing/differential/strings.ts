import { CID } from 'multiformats/cid'
import type { Random } from './random.ts'

const PLC = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'
const CID_V1 = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'

/** Strings of each format: common ones, rare ones, and near misses. */
export const FORMATTED: Readonly<Record<string, readonly string[]>> = {
  datetime: [
    '1985-04-12T23:20:50.123Z',
    '2024-01-01T00:00:00Z',
    '1985-04-12T23:20:50.123+01:45',
    '1985-04-12T23:20:50.1235678912345Z',
    '1985-04-12T23:20:50',
    '1985-04-12T23:20:50+0000',
    '19850412T232050Z',
    '1985-02-30T23:20:50Z',
    '2023-02-29T12:00:00Z',
    '1985-04-12T24:00:00Z',
    '1985-04-12T23:20:60Z',
    '0000-01-01T00:00:00Z',
    '0985-04-12T23:20:50.123Z',
    '1985-04-12t23:20:50Z',
    '1985-04-12T23:20:50z',
    '1985-04-12T23:20:50-00:00',
    '1985-04-12T23:20:50.Z',
    '1985-04-12',
    '1985-13-12T23:20:50Z',
    '1985-04-12T23:20:50.123Z ',
    '+1985-04-12T23:20:50Z',
    '2024-01-01T00:00:00.1234567Z',
  ],
  uri: [
    'https://example.com/path?q=1#f',
    'at://example.com',
    'did:plc:abc',
    'a:b',
    'https://ex ample.com',
    'https:///x',
    'https:',
    '://x',
    'é:x',
    'http://\u2028',
    'x://',
    'mailto:a@b.c',
    ' https://example.com',
    'h_1://x/\u00a0',
  ],
  'at-uri': [
    `at://${PLC}/app.bsky.feed.post/3jt5tsfbx2s2a`,
    `at://${PLC}`,
    `at://${PLC}/app.bsky.feed.post`,
    'at://alice.test/app.bsky.feed.post/self',
    `at://${PLC}/app.bsky.feed.post/`,
    `at://${PLC}/app.bsky.feed.post/..`,
    `at://${PLC}/bsky.post/abc`,
    `at://${PLC}/app.bsky.feed.post/a/b`,
    `at://${PLC}/app.bsky.feed.post/abc?x=1`,
    `at://${PLC}/app.bsky.feed.post/abc#/text`,
    'at://did:plc:short/app.bsky.feed.post/abc',
    'at://did:plc:/app.bsky.feed.post/abc',
    `AT://${PLC}/app.bsky.feed.post/abc`,
    'at://did:web:example.com/com.example.thing/_~.:-',
  ],
  did: [
    PLC,
    'did:web:example.com',
    'did:method:val%20',
    'did:m:v:',
    'did:M:v',
    'did:plc:',
    'DID:plc:abc',
    'did:example:a:b:c',
    `${PLC}\n`,
    'did:web:localhost%3A1234',
    'did:plc:é',
  ],
  handle: [
    'alice.test',
    'a.co',
    'john.test.bsky.app',
    'xn--notarealidn.com',
    'Alice.Test',
    'alice',
    '.test',
    'alice.test.',
    'al_ice.test',
    'alice.1test',
    '-a.test',
    'a-.test',
    `${'a'.repeat(63)}.test`,
    `${'a'.repeat(64)}.test`,
    'alice.test\n',
    '8.cn',
  ],
  'at-identifier': [PLC, 'alice.test', 'did:', 'alice', ''],
  nsid: [
    'com.example.foo',
    'com.example.foo-bar.baz',
    'com.example',
    'com.example.3',
    'com.exa-mple.thing',
    'COM.example.Foo',
    'a.b.c',
    'com.example.foo.',
    'com..foo',
    `com.example.${'a'.repeat(64)}`,
  ],
  cid: [
    CID_V1,
    'bafkreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a',
    'QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR',
    CID_V1.toUpperCase(),
    `${CID_V1}a`,
    CID_V1.slice(0, -1),
    `${CID_V1.slice(0, -1)}b`,
    `aa${CID_V1.slice(0, -3)}a`,
    `z${'a'.repeat(200)}`,
    'bafyreia',
    '',
    // The maximum length, and one character more.
    identityCid(75),
    identityCid(76),
  ],
  language: [
    'en',
    'pt-BR',
    'jbo',
    'zh-Hant',
    'i-navajo',
    'de-CH-1901',
    'ja',
    'EN',
    'english',
    'e',
    'en-',
    'en_US',
    'x-private',
    'en-gb',
    'aaaa',
    '\u00e9n',
  ],
  tid: [
    '3jzfcijpj2z2a',
    '7777777777777',
    'zzzzzzzzzzzzz',
    '3jzfcijpj2z2',
    '3jzfcijpj2z2aa',
    '0000000000000',
    '3JZFCIJPJ2Z2A',
    '3jzf-cij-pj2z-2a',
  ],
  'record-key': [
    'self',
    '3jzfcijpj2z2a',
    '~1.2-3_',
    'pre:fix',
    '.',
    '..',
    '...',
    '',
    'a/b',
    'é',
    'a'.repeat(512),
    'a'.repeat(513),
  ],
  'com.example.unknown': ['anything', ''],
}

/** An identity CID with this many bytes of content after a 4-byte prefix; 75 of them make 128 characters. */
function identityCid(bytes: number): string {
  return CID.decode(
    new Uint8Array([1, 0x55, 0, bytes, ...new Array<number>(bytes).fill(7)]),
  ).toString()
}

/** One grapheme cluster each, from one byte to many. */
const CLUSTERS = [
  'a',
  'Z',
  ' ',
  '\n',
  '\r\n',
  '\t',
  'é',
  'ß',
  'e\u0301',
  '€',
  '中',
  '\ud800',
  '\udc00',
  '😀',
  '👍🏽',
  '🇩🇪',
  '👨‍👩‍👧‍👦',
  '각',
  'क्षि',
  '\u200d',
  '\0',
]

/** A text of this many pieces, of one kind of character or several. */
export function textOf(pieces: number, random: Random): string {
  const alphabet = random.chance(0.5)
    ? ['a', 'b', ' ']
    : random.chance(0.5)
      ? [random.pick(CLUSTERS)]
      : CLUSTERS
  return Array.from({ length: pieces }, () => random.pick(alphabet)).join('')
}

/** A string with one small change somewhere. */
export function changedText(text: string, random: Random): string {
  const at = random.integer(0, text.length)
  const piece = random.pick([
    ...CLUSTERS,
    '.',
    ':',
    '/',
    '#',
    '%',
    '-',
    '_',
    '0',
    'Q',
    '\u212a',
    '\u2028',
  ])
  switch (random.integer(0, 5)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + piece + text.slice(at + 1)
    case 3:
      return text + piece
    case 4:
      return text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase()
    default:
      return text + text
  }
}
