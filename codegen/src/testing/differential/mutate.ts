import { BlobRef } from '@atproto/lexicon'
import type { LexiconDocument } from '../../parse/schema.ts'
import type { Random } from './random.ts'
import { changedText, FORMATTED, textOf } from './strings.ts'
import { SOME_CID } from './valid-value.ts'

/** Constants of a document: the numbers and strings at which verdicts change. */
export interface Vocabulary {
  readonly numbers: readonly number[]
  readonly strings: readonly string[]
}

export function vocabularyOf(documents: readonly LexiconDocument[]): Vocabulary {
  const numbers = new Set([0, 1, 2, 3])
  const strings = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value === 'number')
      for (const near of [value - 1, value, value + 1]) numbers.add(near)
    if (typeof value === 'string') strings.add(value)
    if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        strings.add(key)
        visit(child)
      }
    }
  }
  visit(documents)
  for (const { id, defs } of documents) {
    for (const name of Object.keys(defs)) {
      for (const uri of [
        `${id}#${name}`,
        `#${name}`,
        `lex:${id}#${name}`,
        `lex:${id}`,
        `${id}##`,
        `${id}#${name}#`,
      ]) {
        strings.add(uri)
      }
    }
  }
  return { numbers: [...numbers], strings: [...strings] }
}

interface Place {
  readonly holder: object
  readonly key: PropertyKey
}

/** Mutates a value in place at one or more positions; may replace the root by anything. */
export function mutate(root: unknown, words: Vocabulary, random: Random): unknown {
  const box = { root }
  const places: Place[] = [{ holder: box, key: 'root' }]
  collect(root, places, 0)
  for (let changes = random.integer(1, 2); changes > 0; changes--) {
    change(random.pick(places), words, random)
  }
  return box.root
}

function collect(value: unknown, places: Place[], depth: number): void {
  if (!isStructure(value) || depth > 30 || places.length > 2000) return
  for (const key of Object.keys(value)) {
    places.push({ holder: value, key })
    collect(Reflect.get(value, key), places, depth + 1)
  }
}

/** True if a value has something to change; shared values stay unchanged. */
function isStructure(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return !(ArrayBuffer.isView(value) || value instanceof BlobRef || value === SOME_CID)
}

function change({ holder, key }: Place, words: Vocabulary, random: Random): void {
  // An earlier change may have removed it, and inherited values are shared.
  const old: unknown = Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined
  switch (random.integer(0, 9)) {
    case 0:
      Reflect.deleteProperty(holder, key)
      return
    case 1:
      if (isStructure(old)) addTo(old, words, random)
      else put(holder, key, near(old, words, random))
      return
    case 2:
    case 3:
    case 4:
      put(holder, key, near(old, words, random))
      return
    case 5:
      if (isStructure(old)) {
        put(old, '$type', random.chance(0.9) ? random.pick(words.strings) : random.pick(TYPE_NAMES))
      } else
        put(holder, key, textOf(Math.max(0, Math.min(random.pick(words.numbers), 400)), random))
      return
    case 6:
      put(holder, key, isStructure(old) ? disguised(old, random) : wrapped(old, random))
      return
    default:
      put(holder, key, random.pick(STRANGERS)())
  }
}

function put(holder: object, key: PropertyKey, value: unknown): void {
  try {
    Object.defineProperty(holder, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  } catch {
    // A frozen object, or an array's length: left unchanged.
  }
}

function addTo(old: object, words: Vocabulary, random: Random): void {
  if (Array.isArray(old)) {
    if (Object.isFrozen(old)) return
    const more = [
      () => old[0],
      () => undefined,
      () => random.pick(STRANGERS)(),
      () => old[old.length - 1],
    ]
    // Its own methods may be gone: arrays can get any prototype.
    const what = random.integer(0, 4)
    if (what === 0) Array.prototype.pop.call(old)
    else if (what === 1) old.length = Math.min(old.length + 1, 50)
    else Array.prototype.push.call(old, random.pick(more)())
  } else {
    put(old, random.pick(words.strings), random.chance(0.3) ? null : random.pick(STRANGERS)())
  }
}

/** A value near a boundary of a rule. */
function near(old: unknown, words: Vocabulary, random: Random): unknown {
  if (typeof old === 'number') {
    return random.pick([
      old - 1,
      old + 1,
      -old,
      old + 0.5,
      random.pick(words.numbers),
      old * 2 ** 40,
    ])
  }
  if (typeof old === 'string') {
    if (random.chance(0.3)) return random.pick(words.strings)
    if (random.chance(0.2)) return random.pick(random.pick(Object.values(FORMATTED)))
    return changedText(old, random)
  }
  if (typeof old === 'boolean') return !old
  if (old instanceof Uint8Array)
    return new Uint8Array(Math.max(0, Math.min(random.pick(words.numbers), 1000)))
  if (Array.isArray(old)) {
    const length = Math.max(0, Math.min(random.pick(words.numbers), 60))
    return Array.from({ length }, (_, index) => old[index % Math.max(1, old.length)])
  }
  return random.chance(0.5) ? null : undefined
}

/** A look-alike of the value: inherited, frozen, proxied, or of another class. */
function disguised(old: object, random: Random): unknown {
  switch (random.integer(0, 8)) {
    case 8:
      return Object.defineProperties(() => {}, Object.getOwnPropertyDescriptors({ ...old }))
    case 0:
      return Object.create(old)
    case 1:
      return Object.freeze(old)
    case 2:
      return new Proxy(old, {})
    case 3:
      return Object.assign(Object.create(null), old)
    case 4:
      return Object.defineProperties(new Map(), Object.getOwnPropertyDescriptors({ ...old }))
    case 5:
      return Object.hasOwn(old, 'length') ? old : Object.assign([], old)
    case 6:
      return accessors(old)
    default:
      return Object.assign(new (class Value {})(), old)
  }
}

/** An object with getters for all properties. */
function accessors(old: object): object {
  const result = {}
  for (const key of Object.keys(old)) {
    Object.defineProperty(result, key, {
      get: () => Reflect.get(old, key),
      enumerable: true,
      configurable: true,
    })
  }
  return result
}

function wrapped(old: unknown, random: Random): unknown {
  return random.pick([
    () => [old],
    () => ({ old }),
    () => (old == null ? old : Object(old)),
    () => (typeof old === 'object' ? '' : String(old)),
  ])()
}

const TYPE_NAMES = [
  '',
  '#',
  '#main',
  'lex:',
  'lex:#main',
  'a#b#c',
  'lex:lex:com.example.one',
  'com.example.one#',
  7,
  null,
  undefined,
  {},
]

class SpecialBytes extends Uint8Array {}
class SpecialBlob extends BlobRef {}

/** Values that match no schema, created each time if mutable. */
const STRANGERS: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => false,
  () => 0,
  () => -0,
  () => 1.5,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 2 ** 53,
  () => -1,
  () => '',
  () => 'x',
  () => '\ud800',
  () => 10n,
  () => Symbol('s'),
  () => () => {},
  () => [],
  () => ({}),
  () => new Date(0),
  () => new Map(),
  () => new Uint8Array(3),
  () => new SpecialBytes(2),
  () => Buffer.from('abc'),
  () => new DataView(new ArrayBuffer(2)),
  () => new ArrayBuffer(2),
  () => SOME_CID,
  () => ({
    '/': SOME_CID.bytes,
    bytes: SOME_CID.bytes,
    version: 1,
    code: 113,
    multihash: SOME_CID.multihash,
  }),
  () => new BlobRef(SOME_CID, 'image/png', 5),
  () => new SpecialBlob(SOME_CID, 'text/plain', -1),
  () => ({ $type: 'blob', ref: SOME_CID, mimeType: 'image/png', size: 5 }),
  () => new String('alice.test'),
  () => new Number(1),
  () => Object.create(null),
  () => JSON.parse('{"__proto__": {"a": 1}}'),
  () => nested(50),
  // Kept short: long strings have their own test.
  () => 'a'.repeat(5000),
]

function nested(depth: number): unknown {
  let value: unknown = {}
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}
