import type { IncomingMessage, ServerResponse } from 'node:http'
import onHeaders from 'on-headers'
import type { CookieKeys } from '../secrets.ts'

/**
 * Cookies that identify a browser. The provider's own signature cookies have names that its cookie
 * library refuses.
 */
const SIGNED: ReadonlySet<string> = new Set(['dev-id', 'ses-id'])

/**
 * Signs the provider's cookies in answers, and passes on only those with a valid signature from
 * requests: reading the database does not suffice to forge them.
 */
export function signCookies(keys: CookieKeys, req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.cookie !== undefined) req.headers.cookie = verified(keys, req.headers.cookie)
  // Other middleware may have parsed unverified ones.
  Reflect.deleteProperty(req, 'cookies')
  onHeaders(res, () => {
    const lines = [res.getHeader('Set-Cookie') ?? []].flat().map(String)
    if (lines.length > 0)
      res.setHeader(
        'Set-Cookie',
        lines.map((line) => signed(keys, line)),
      )
  })
}

function signed(keys: CookieKeys, line: string): string {
  const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/s.exec(line) ?? []
  if (!SIGNED.has(name) || value === '') return line
  return `${name}=${value}.${keys.sign(`${name}=${value}`)}${attributes}`
}

function verified(keys: CookieKeys, header: string): string {
  return header
    .split(';')
    .flatMap((pair) => {
      // The provider's cookie library ignores spaces and tabs around names and values.
      const [name = '', given = ''] = pair.split('=', 2).map((part) => part.trim())
      if (!SIGNED.has(name)) return [pair]
      const [value = '', signature = ''] = given.split('.', 2)
      return keys.verify(`${name}=${value}`, signature) ? [`${name}=${value}`] : []
    })
    .join('; ')
}
