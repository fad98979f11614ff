import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { COMMON_HEADERS } from '../page.ts'
import { palette } from '../style.ts'
import { type ReferenceOptions, renderReference } from './reference.ts'

/** Answers what it has and leaves everything else to the next; fits Express, and a plain server. */
export type ReferenceHandler = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/**
 * Only what this service serves is loaded, and calls go to nowhere else. Forms are sent by the script or not at all, and
 * no text becomes markup or code.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Below it are the files the page loads. */
const ASSETS_PATH = '/reference'
const SCRIPTS = ['page.js', 'fields.js', 'answer.js'] as const

/**
 * A reference of methods at `/`, from which they can be called: for any set of lexicons whose methods are served under
 * `/xrpc/` of the same origin. Everything is rendered now, once.
 */
export function createReferencePage(options: ReferenceOptions): ReferenceHandler {
  const style = `${ASSETS_PATH}/page.css`
  const page = renderReference(options, { style, script: `${ASSETS_PATH}/page.js` })
  const answers = new Map<string, Answer>([
    ['/', answer(page, 'text/html', { 'Content-Security-Policy': CONTENT_SECURITY_POLICY })],
    [style, answer(palette + readAsset('page.css'), 'text/css')],
    ...SCRIPTS.map(
      (name) => [`${ASSETS_PATH}/${name}`, answer(readAsset(name), 'text/javascript')] as const,
    ),
  ])
  return (req, res, next) => {
    const found = answers.get(req.url?.split('?', 1)[0] ?? '')
    if (found === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    send(found, req, res)
  }
}

/** Beside `src` and `dist`: what browsers run is not compiled. */
function readAsset(name: string): string {
  return readFileSync(new URL(`../../../assets/${name}`, import.meta.url), 'utf8')
}

/** What is answered while the process runs. */
interface Answer {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly headers: Readonly<Record<string, string>>
}

function answer(
  text: string,
  type: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const bytes = Buffer.from(text)
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
  return {
    bytes,
    etag,
    headers: {
      ...COMMON_HEADERS,
      'Content-Type': `${type}; charset=utf-8`,
      // Kept, and asked for each time: the next version may have other methods.
      'Cache-Control': 'no-cache',
      ETag: etag,
      ...headers,
    },
  }
}

function send({ bytes, etag, headers }: Answer, req: IncomingMessage, res: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  const known = req.headers['if-none-match']?.split(',').map((each) => each.trim()) ?? []
  // Proxies that compress make an ETag weak (RFC 9110 §13.1.2 compares without looking at that).
  if (known.some((each) => each === '*' || each.replace(/^W\//, '') === etag)) {
    res.statusCode = 304
    res.end()
    return
  }
  res.setHeader('Content-Length', bytes.length)
  res.end(bytes)
}
