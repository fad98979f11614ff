import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { Html, html } from '@lexwright/account'
import { COMMON_HEADERS } from './page.ts'

/** Answers its own paths and calls `next` for others; fits Express and a plain server. */
export type ReferenceHandler = (req: IncomingMessage, res: ServerResponse, next: () => void) => void

/** An OpenAPI description, 3.0 or 3.1 (https://spec.openapis.org/oas/v3.1.1). */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: {
    readonly title: string
    readonly version: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface ReferencePageOptions {
  /**
   * True to remove the page's origin, and with it all storage. Its calls are then cross-origin, so
   * the methods must answer any origin (`cors`).
   */
  readonly withoutOrigin?: boolean
}

/** The page loads and calls only the service, runs only its own files and cannot navigate. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  'sandbox allow-scripts allow-forms',
].join('; ')

/**
 * Resolves `#viewer`: files copied to `dist` in a build, those of `swagger-ui-dist` in the
 * workspace.
 */
const require = createRequire(import.meta.url)

/**
 * A page at `/` that shows an OpenAPI document in Swagger UI and calls its methods at its own
 * origin. Rendered once, now; its files are under `/reference/`.
 */
export function createReferencePage(
  document: OpenApiDocument,
  { withoutOrigin = false }: ReferencePageOptions = {},
): ReferenceHandler {
  const style = asset(new URL('../../assets/viewer.css', import.meta.url), 'text/css')
  const start = asset(new URL('../../assets/viewer.js', import.meta.url), 'text/javascript')
  const viewerStyle = asset(require.resolve('#viewer/swagger-ui.css'), 'text/css')
  const viewer = asset(require.resolve('#viewer/swagger-ui-bundle.js'), 'text/javascript')
  // Only text beginning with "<" could end the script element early.
  const json = new Html(JSON.stringify(document).replaceAll('<', '\\u003c'))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title}</title>
<link rel="stylesheet" href="${viewerStyle.path}">
<link rel="stylesheet" href="${style.path}">
</head>
<body>
<div id="viewer"></div>
<noscript>This page needs JavaScript.</noscript>
<script type="application/json" id="document">${json}</script>
<script src="${viewer.path}"></script>
<script src="${start.path}"></script>
</body>
</html>
`
  const answers = new Map<string, Answer>(
    [style, start, viewerStyle, viewer].map((each) => [each.path, each]),
  )
  answers.set('/', {
    bytes: Buffer.from(page.source),
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': withoutOrigin
        ? CONTENT_SECURITY_POLICY
        : `${CONTENT_SECURITY_POLICY} allow-same-origin`,
      'Cache-Control': 'no-cache',
    },
  })
  return (req, res, next) => {
    const found = answers.get(req.url?.split('?', 1)[0] ?? '')
    if (found === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return next()
    const { bytes, headers } = found
    for (const [name, value] of Object.entries({ ...COMMON_HEADERS, ...headers })) {
      res.setHeader(name, value)
    }
    res.setHeader('Content-Length', bytes.length)
    res.end(bytes)
  }
}

/** A constant answer. */
interface Answer {
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** A file of the page. Its path contains its hash, so it can be cached forever. */
function asset(file: string | URL, type: string): Answer & { readonly path: string } {
  const bytes = readFileSync(file)
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 16)
  return {
    path: `/reference/${hash}/${basename(String(file))}`,
    bytes,
    headers: {
      'Content-Type': `${type}; charset=utf-8`,
      'Cache-Control': 'public, max-age=31536000, immutable',
      // Public, and loaded by a page without an origin.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    },
  }
}
