import type { LexXrpcParameters } from '@atproto/lexicon'
import type { Params } from '@atproto/xrpc-server'

/**
 * Decodes the query string of a call by the types of its parameters, without validation.
 *
 * @returns undefined for a string that is not plainly `name=value&…`, which the stock server reads: bracketed or
 *   escaped names (Express's parser reads those differently), stray percent signs, raw non-ASCII
 */
export type ParamsReader = (search: string) => Params | undefined

type Decoder = (value: string | string[]) => unknown

interface Parameter {
  /** The declared name: as a key, it is cheaper than an equal string cut from the query. */
  readonly name: string
  readonly decode: Decoder
}

export function paramsReader(parameters: LexXrpcParameters | undefined): ParamsReader {
  const declared = new Map<string, Parameter>()
  for (const [name, { type, ...schema }] of Object.entries(parameters?.properties ?? {})) {
    // Names that need escaping are never read here, so the whole method is left to the stock server.
    if (!isPlainName(name)) return (search) => (search === '' ? {} : undefined)
    const decode = 'items' in schema ? arrayOf(schema.items.type) : scalar(type)
    declared.set(name, { name, decode })
  }

  return (search) => {
    const params: Record<string, unknown> = {}
    let repeated: Set<Parameter> | undefined
    for (const pair of search.includes('&') ? search.split('&') : [search]) {
      if (pair === '') continue
      const equals = pair.indexOf('=')
      const parameter = declared.get(equals < 0 ? pair : pair.slice(0, equals))
      if (!parameter) {
        if (isIgnored(pair)) continue
        return undefined
      }
      const value = equals < 0 ? '' : decodeValue(pair.slice(equals + 1))
      if (value === undefined) return undefined
      if (Object.hasOwn(params, parameter.name)) {
        repeated ??= new Set()
        repeated.add(parameter)
      } else {
        params[parameter.name] = parameter.decode(value)
      }
    }
    for (const { name, decode } of repeated ?? []) params[name] = decode(valuesOf(search, name))
    return params as Params
  }
}

/**
 * True if a pair can be ignored: it names no parameter of the method, and every URL parser reads it alike.
 * Source: RFC 3986, section 2.
 */
function isIgnored(pair: string): boolean {
  const [name] = splitPair(pair)
  return isPlainName(name) && /^[\w.~:/?@!$'()*+,;=%-]*$/.test(pair)
}

function splitPair(pair: string): readonly [name: string, value: string] {
  const equals = pair.indexOf('=')
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
}

/** All values of a repeated parameter. */
function valuesOf(search: string, wanted: string): string[] {
  return search
    .split('&')
    .map(splitPair)
    .filter(([name]) => name === wanted)
    .map(([, text]) => decodeValue(text) ?? '')
}

/** True if every parser reads a name alike, and it is not special in JavaScript objects. */
function isPlainName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && !(name in Object.prototype)
}

function decodeValue(text: string): string | undefined {
  if (/^[\w.~:@$!*'(),;/?=-]*$/.test(text)) return text
  if (!/^[\w.~:@$!*'(),;/?=%+-]*$/.test(text)) return undefined
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** An empty value counts as absent; repeated ones become what JavaScript makes of the list. */
function scalar(type: string): Decoder {
  switch (type) {
    case 'string':
    case 'datetime':
      return (value) => (value === '' ? undefined : String(value))
    case 'integer':
      return (value) => (value === '' ? undefined : Number.parseInt(String(value), 10) || 0)
    case 'float':
      return (value) => (value === '' ? undefined : Number(String(value)))
    case 'boolean':
      return (value) => (value === '' ? undefined : value === 'true')
    default:
      return () => undefined
  }
}

function arrayOf(type: string): Decoder {
  const decode = scalar(type)
  return (value) =>
    value === '' ? undefined : [value].flat().flatMap((item) => decode(item) ?? [])
}
