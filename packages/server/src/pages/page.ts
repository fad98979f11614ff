import type { ServerResponse } from 'node:http'
import { Html, html } from '@lexwright/account'
import { style, styleHash } from './style.ts'

/** A page for people. */
export interface Page {
  readonly status: number
  readonly title: string
  /** What people know the service by. */
  readonly serviceName: string
  readonly body: readonly Html[]
}

/** Of every page: nobody frames it, and nobody else learns its address. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Robots-Tag': 'noindex',
}

/**
 * Nothing is loaded, nothing runs, forms go nowhere else. The address of a page may hold a secret: nothing keeps it.
 */
const HEADERS: Readonly<Record<string, string>> = {
  ...COMMON_HEADERS,
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src ${styleHash}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'Cache-Control': 'no-store',
}

export function sendPage(res: ServerResponse, page: Page): void {
  res.statusCode = page.status
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value)
  res.end(render(page).source)
}

/** Answers a form with the address of what comes of it, so that neither reload nor back sends it again. */
export function sendSeeOther(res: ServerResponse, location: string): void {
  res.statusCode = 303
  for (const name of ['Referrer-Policy', 'Cache-Control']) res.setHeader(name, HEADERS[name] ?? '')
  res.setHeader('Location', location)
  res.end()
}

function render({ title, serviceName, body }: Page): Html {
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
</body>
</html>
`
}
