import { isIP } from 'node:net'

/**
 * Parsers of single values. Each takes the text of a variable and returns its value, or throws a
 * {@link ValueError} that names a valid form.
 */

/** The text of a variable is invalid. The message completes "NAME …". */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

export type Reader<Value> = (text: string) => Value

/** Any text, unchanged. */
export const text: Reader<string> = (value) => value

/** A whole number within inclusive bounds. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value) => {
    const number = Number(value)
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < min || number > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
      throw new ValueError(`must be a whole number ${range}`)
    }
    return number
  }
}

/** A point on secp256k1, compressed or not (SEC 1, 2.3.3). */
export const publicKeyHex: Reader<string> = (value) => {
  if (/^(?:0[23][\da-f]{64}|04[\da-f]{128})$/i.test(value)) return value.toLowerCase()
  throw new ValueError('must be a secp256k1 public key in hexadecimal, compressed or not')
}

export const boolean: Reader<boolean> = (value) => {
  if (/^(?:true|1|yes|on)$/i.test(value)) return true
  if (/^(?:false|0|no|off)$/i.test(value)) return false
  throw new ValueError('must be true or false')
}

export function oneOf<const Value extends string>(...values: readonly Value[]): Reader<Value> {
  return (text) => {
    const value = values.find((each) => each === text)
    if (value === undefined) throw new ValueError(`must be one of ${values.join(', ')}`)
    return value
  }
}

/**
 * A URL with one of the given schemes. The message does not quote it, since URLs may contain
 * passwords.
 */
export function url(...schemes: readonly string[]): Reader<string> {
  return (text) => {
    const parsed = URL.parse(text)
    if (parsed === null || !schemes.includes(parsed.protocol.slice(0, -1)) || parsed.host === '') {
      throw new ValueError(
        `must be a URL that begins with ${schemes.map((each) => `${each}://`).join(' or ')}`,
      )
    }
    return text
  }
}

/**
 * A URL with a user and a password. An unencoded reserved character in either yields a different or
 * invalid URL, possibly with a wrong host, so it is rejected.
 */
export function connectionUrl(...schemes: readonly string[]): Reader<string> {
  const read = url(...schemes)
  return (text) => {
    if (schemes.some((scheme) => text.startsWith(`${scheme}://`)) && hasUnencodedCharacters(text)) {
      throw new ValueError(
        'cannot be read: percent-encode reserved characters in its user and password, such as @ as %40, / as %2F, # as %23 and % as %25',
      )
    }
    return read(text)
  }
}

/** True if part of the user or the password was parsed as another part of the URL. */
function hasUnencodedCharacters(text: string): boolean {
  const parsed = URL.parse(text)
  if (parsed === null) return text.includes('@')
  const { username, password, pathname, search, hash } = parsed
  try {
    decodeURIComponent(username + password)
  } catch {
    return true
  }
  return `${pathname}${search}${hash}`.includes('@')
}

/** A colour for pages: `#rgb`, `#rrggbb` or `rgb(r, g, b)`. */
export const color: Reader<string> = (text) => {
  const parts = /^rgb\((\d{1,3}), *(\d{1,3}), *(\d{1,3})\)$/.exec(text)?.slice(1) ?? []
  const isRgb = parts.length > 0 && parts.every((part) => Number(part) <= 255)
  if (!isRgb && !/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text)) {
    throw new ValueError('must be a colour such as #0a7ea4 or rgb(10, 126, 164)')
  }
  return text
}

/** Values separated by commas; surrounding blanks and empty values are ignored. */
export function list<Value>(item: Reader<Value>): Reader<readonly Value[]> {
  return (text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
      .map(item)
}

/** Origins of pages, separated by commas: `*` for all and `none` for none. */
export const origins: Reader<'*' | readonly string[]> = (text) => {
  if (text === '*') return text
  if (text === 'none') return []
  const listed = list(origin)(text)
  if (listed.length === 0) throw new ValueError(ORIGINS)
  return listed
}

const ORIGINS = 'must be *, none, or list origins such as https://app.example.com'

const origin: Reader<string> = (text) => {
  const parsed = URL.parse(text)
  // Compared as text with the `Origin` of browsers: no trailing slash, no default port.
  if (!/^https?:/.test(text) || parsed?.origin !== text) throw new ValueError(ORIGINS)
  return text
}

/** A host name in lower case, without scheme, port or path. */
export const hostname: Reader<string> = (text) => {
  const name = text.toLowerCase()
  if (
    name.length > 253 ||
    !/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(name)
  ) {
    throw new ValueError(
      'must be a host name such as pds.example.com, without scheme, port or path',
    )
  }
  return name
}

/** A suffix of handles: `.example.com`, in lower case. */
export const handleDomain: Reader<string> = (text) => {
  const domain = text.toLowerCase()
  if (!/^(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/.test(domain)) {
    throw new ValueError('must list domains with their leading dot, such as .example.com')
  }
  return domain
}

/** The first label of a handle, or a whole handle, in lower case. */
export const handleName: Reader<string> = (text) => {
  const name = text.toLowerCase()
  if (!/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name)) {
    throw new ValueError('must list names such as alice, or handles such as alice.example.com')
  }
  return name
}

export const ipAddress: Reader<string> = (text) => {
  if (isIP(text) === 0) throw new ValueError('must be an IP address, such as 127.0.0.1 or ::')
  return text
}

export const did: Reader<string> = (text) => {
  if (!/^did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]$/.test(text)) {
    throw new ValueError('must be a DID such as did:web:pds.example.com')
  }
  return text
}

/** The public key of a rotation key (multibase, P-256 or secp256k1). */
export const didKey: Reader<string> = (text) => {
  if (!/^did:key:z(?:Dn|Q3s)[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(text)) {
    throw new ValueError('must be a P-256 or K-256 did:key, such as did:key:zQ3sh…')
  }
  return text
}

/** The sender of mails: `name@example.com` or `Name <name@example.com>`. */
export const sender: Reader<string> = (text) => {
  const address = /^(?:[^<>\p{Cc}"@,;]*<([^<>]*)>|([^<>]*))$/u.exec(text)
  if (!ADDRESS.test(address?.[1] ?? address?.[2] ?? '')) {
    throw new ValueError('must be an address: name@example.com or Name <name@example.com>')
  }
  return text
}

const ADDRESS = /^[\w!#$%&'*+/=?^`{|}~.-]+@[a-z0-9.-]+$/i

export const emailAddress: Reader<string> = (text) => {
  if (!ADDRESS.test(text)) throw new ValueError('must be an address: name@example.com')
  return text
}

/** The name of a PostgreSQL schema that needs no quotes. */
export const schemaName: Reader<string> = (text) => {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(text)) {
    throw new ValueError('must be a plain name in lower case: letters, digits and _')
  }
  return text
}

/** 32 bytes in hexadecimal. */
export const hex32: Reader<string> = (text) => {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new ValueError('must be 64 hexadecimal digits; make some with: openssl rand -hex 32')
  }
  return text.toLowerCase()
}

/** `host:port`; an IPv6 address in brackets. */
export const hostAndPort: Reader<string> = (text) => {
  const parsed = URL.parse(`redis://${text}`)
  if (parsed === null || parsed.host !== text.toLowerCase() || parsed.port === '') {
    throw new ValueError('must be a host and a port, such as localhost:6379')
  }
  return text
}

/** `name=points/seconds`, separated by commas, for any of the given names. */
export function limits<Name extends string>(
  names: readonly Name[],
): Reader<Partial<Readonly<Record<Name, { readonly points: number; readonly window: number }>>>> {
  const entry = (text: string) => {
    const [, given, points, window] = /^(\w+)=([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? []
    const name = names.find((each) => each === given)
    if (name === undefined) {
      throw new ValueError(
        `must list limits as name=points/seconds, with names of ${names.join(', ')}`,
      )
    }
    return [name, { points: Number(points), window: Number(window) }] as const
  }
  return (text) =>
    Object.fromEntries(list(entry)(text)) as ReturnType<ReturnType<typeof limits<Name>>>
}

/** A secret with at least `minLength` characters. */
export function secret(minLength: number): Reader<string> {
  return (text) => {
    if (text.length < minLength) {
      throw new ValueError(
        `must have at least ${minLength} characters; make one with: openssl rand -hex 32`,
      )
    }
    return text
  }
}
