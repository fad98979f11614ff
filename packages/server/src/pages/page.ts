import type { ServerResponse } from 'node:http'
import { Html, html } from '@lexwright/account'
import { codeScript, codeScriptHash } from './code-script.ts'
import { style, styleHash } from './style.ts'

/** An HTML page. */
export interface Page {
  readonly status: number
  readonly title: string
  /** Name of the service. */
  readonly serviceName: string
  readonly body: readonly Html[]
  /** True if it has a field for a code from a mailed link. */
  readonly takesCode?: boolean
}

/** For every page: no framing, no referrer. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
}

/**
 * No loading, no script but the one for codes, no submission elsewhere. The address of a page may
 * contain a secret, so nothing is cached.
 */
const HEADERS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
}

/** Room for a code, two passwords of 256 characters and an address, all escaped. */
export const MAX_BODY_BYTES = 16_384
/** Longer than any code with any spacing. */
export const MAX_CODE_LENGTH = 64

function securityPolicy(takesCode: boolean): string {
  const scripts = takesCode ? `script-src ${codeScriptHash}; ` : ''
  return `default-src 'none'; ${scripts}style-src ${styleHash}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
}

export function sendPage(res: ServerResponse, page: Page): void {
  res.statusCode = page.status
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value)
  res.setHeader('Content-Security-Policy', securityPolicy(page.takesCode ?? false))
  res.end(render(page).source)
}

/** Redirects after a form, so neither reload nor back submits it again. */
export function sendSeeOther(res: ServerResponse, location: string): void {
  res.statusCode = 303
  for (const name of ['Referrer-Policy', 'Cache-Control']) res.setHeader(name, HEADERS[name] ?? '')
  res.setHeader('Location', location)
  res.end()
}

function render({ title, serviceName, body, takesCode }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${serviceName}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<p class="service">${serviceName}</p>
${body}
</main>
${takesCode ? html`<script>${new Html(codeScript)}</script>` : ''}
</body>
</html>
`
}
