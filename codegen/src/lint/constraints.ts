import {
  isValidAtUri,
  isValidDid,
  isValidHandle,
  isValidNsid,
  isValidRecordKey,
  isValidTid,
} from '@atproto/syntax'
import type { Json } from './finding.ts'

/** The string formats of the language. Source: https://atproto.com/specs/lexicon#string-formats */
export const KNOWN_FORMATS: readonly string[] = [
  'at-identifier',
  'at-uri',
  'cid',
  'datetime',
  'did',
  'handle',
  'language',
  'nsid',
  'record-key',
  'tid',
  'uri',
]

const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  'at-identifier': (text) => isValidDid(text) || isValidHandle(text),
  'at-uri': isValidAtUri,
  datetime: (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)),
  did: isValidDid,
  handle: isValidHandle,
  language: (text) => /^[a-zA-Z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(text),
  nsid: isValidNsid,
  'record-key': isValidRecordKey,
  tid: isValidTid,
  uri: (text) => /^\w+:(?:\/\/)?[^\s/][^\s]*$/.test(text),
}

/** The violation of a schema by a value, to follow "The default …"; `undefined` if there is none. */
export function violation(
  schema: Json,
  value: unknown,
  without: readonly string[] = [],
): string | undefined {
  for (const [field, fails, reason] of RULES) {
    const limit = schema[field]
    if (limit !== undefined && !without.includes(field) && fails(value, limit)) {
      return `${JSON.stringify(value)} ${reason} (${JSON.stringify(limit)})`
    }
  }
  return undefined
}

type Violation = readonly [
  field: string,
  fails: (value: unknown, limit: unknown) => boolean,
  reason: string,
]

const encoder = new TextEncoder()
const segmenter = new Intl.Segmenter()
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isText = (value: unknown): value is string => typeof value === 'string'
const bytes = (text: string): number => encoder.encode(text).length
const graphemes = (text: string): number => [...segmenter.segment(text)].length

const RULES: readonly Violation[] = [
  ['const', (value, only) => value !== only, 'is not the constant beside it'],
  ['enum', (value, all) => Array.isArray(all) && !all.includes(value), 'is not in the enum'],
  ['minimum', (value, min) => isNumber(value) && value < Number(min), 'is less than the minimum'],
  ['maximum', (value, max) => isNumber(value) && value > Number(max), 'is more than the maximum'],
  ['minLength', (value, min) => isText(value) && bytes(value) < Number(min), 'is too short'],
  ['maxLength', (value, max) => isText(value) && bytes(value) > Number(max), 'is too long'],
  ['minGraphemes', (value, min) => isText(value) && graphemes(value) < Number(min), 'is too short'],
  ['maxGraphemes', (value, max) => isText(value) && graphemes(value) > Number(max), 'is too long'],
  [
    'format',
    (value, format) => isText(value) && CHECKS[String(format)]?.(value) === false,
    'does not have the format',
  ],
]
