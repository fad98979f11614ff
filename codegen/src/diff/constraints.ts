import type { Schema } from '../parse/schema.ts'
import type { Scope } from './change.ts'
import { covers } from './media-types.ts'

type Fields = { readonly [field: string]: unknown }

/** Compares the constraints of two schemas of the same type. */
export function compareConstraints(was: Schema, is: Schema, scope: Scope): void {
  const [before, after] = [was as unknown as Fields, is as unknown as Fields]
  defaults(before, after, scope)
  values(before, after, scope)
  for (const field of ['minimum', 'minLength', 'minGraphemes'])
    bound(field, 1, [before, after], scope)
  for (const field of ['maximum', 'maxLength', 'maxGraphemes', 'maxSize']) {
    bound(field, -1, [before, after], scope)
  }
  formats(before.format, after.format, scope.at('format'))
  mediaTypes(before.accept, after.accept, scope.at('accept'))
}

function defaults(was: Fields, is: Fields, scope: Scope): void {
  if (was.default === is.default) return
  const at = scope.at('default')
  if (was.default === undefined) at.tell('default-added', `the default is ${show(is.default)} now`)
  else if (is.default === undefined)
    at.tell('default-removed', `${show(was.default)} was the default`)
  else at.tell('default-changed', `the default is ${show(is.default)}, was ${show(was.default)}`)
}

function values(was: Fields, is: Fields, scope: Scope): void {
  const [before, after] = [allowed(was), allowed(is)]
  const at = scope.at(is.enum || was.enum ? 'enum' : 'const')
  const lost = after && (before ? before.filter((one) => !after.includes(one)) : ['any other'])
  const gained = before && (after ? after.filter((one) => !before.includes(one)) : ['any other'])
  if (lost && lost.length > 0) at.tell('values-removed', `no longer allowed: ${list(lost)}`)
  if (gained && gained.length > 0) at.tell('values-added', `allowed now: ${list(gained)}`)
  if (show(was.knownValues) !== show(is.knownValues)) {
    scope.at('knownValues').tell('known-values-changed', 'other values are known')
  }
}

/** The only values a schema allows; `undefined` if it does not list them. */
function allowed({ const: only, enum: some }: Fields): readonly unknown[] | undefined {
  if (only !== undefined) return [only]
  return Array.isArray(some) ? some : undefined
}

/** A bound that tightens as it grows (`1`) or as it falls (`-1`). */
function bound(
  field: string,
  sign: 1 | -1,
  [before, after]: readonly [Fields, Fields],
  scope: Scope,
): void {
  const [was, is] = [before[field], after[field]]
  if (was === is) return
  const [from, to] = [was, is].map((one) =>
    one === undefined ? Number.NEGATIVE_INFINITY : Number(one) * sign,
  ) as [number, number]
  const rule = to > from ? 'bound-tightened' : 'bound-loosened'
  scope.at(field).tell(rule, `${field} is ${show(is)}, was ${show(was)}`)
}

function formats(was: unknown, is: unknown, scope: Scope): void {
  if (was === is) return
  const message = `the format is ${show(is)}, was ${show(was)}`
  if (was === undefined || isWithin(is, was)) scope.tell('format-tightened', message)
  else if (is === undefined || isWithin(was, is)) scope.tell('format-loosened', message)
  else scope.tell('format-changed', message)
}

/** True if every string of the first format also has the second. */
function isWithin(inner: unknown, outer: unknown): boolean {
  return WIDER.some(([narrow, wide]) => narrow === inner && wide === outer)
}

const WIDER = [
  ['did', 'at-identifier'],
  ['handle', 'at-identifier'],
  ['did', 'uri'],
  ['at-uri', 'uri'],
  ['tid', 'record-key'],
  ['nsid', 'record-key'],
] as const

function mediaTypes(was: unknown, is: unknown, scope: Scope): void {
  const [before, after] = [was, is].map((one) => (Array.isArray(one) ? one : ['*/*'])) as [
    string[],
    string[],
  ]
  const lost = before.filter((type) => !covers(after, type))
  const gained = after.filter((type) => !covers(before, type))
  if (lost.length > 0) scope.tell('media-type-removed', `no longer allowed: ${lost.join(', ')}`)
  if (gained.length > 0) scope.tell('media-type-added', `allowed now: ${gained.join(', ')}`)
}

function list(values: readonly unknown[]): string {
  return values.map((value) => (value === 'any other' ? value : show(value))).join(', ')
}

function show(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}
