import type { IncomingMessage, ServerResponse } from 'node:http'

/*
 * The provider's pages have accessibility faults that none of its options avoids. A stylesheet and a script, linked into the
 * pages, correct them. The pages' Content-Security-Policy already allows files of this origin.
 */

/**
 * Greys with enough contrast on coloured boxes, and the colours of main buttons: the text in the provider's own contrast colour,
 * on an opaque background.
 */
const style = `
:root { --muted-foreground: oklch(45% 0 0) }
@media (prefers-color-scheme: dark) { :root { --muted-foreground: oklch(76% 0 0) } }
[data-slot=button].bg-primary { color: var(--primary-foreground) }
[data-slot=button].bg-primary:hover { background-color: var(--primary); text-decoration: underline }
`

/**
 * Corrects attributes whenever the page changes. Each rule skips what it has already corrected, so it does not observe its own
 * changes forever.
 */
const script = `
// The word for "language" in each language of the pages.
const languages = new Map(
  Object.entries({ en: 'Language', es: 'Idioma', fr: 'Langue', ja: '言語', ko: '언어', ro: 'Limbă', sv: 'Språk' }),
)
const preferred = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => languages.has(tag))
document.documentElement.lang = preferred ?? 'en'

const set = (element, name, value) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}
const plain = (text) => text.replace(/\\s+/g, ' ').trim().toLowerCase()

const correct = () => {
  // The language selector knows the language of the page. Its own label is an internal code.
  for (const { value, previousElementSibling } of document.querySelectorAll('[role=combobox] + input')) {
    if (!languages.has(value)) continue
    set(document.documentElement, 'lang', value)
    set(previousElementSibling, 'aria-label', languages.get(value))
  }
  // The name of a control must contain its text, for people who speak to their computer. Otherwise the label describes it.
  for (const control of document.querySelectorAll(':is(a, button)[aria-label]:not([role=combobox])')) {
    const label = control.ariaLabel
    const text = plain(control.innerText)
    if (text && !plain(label).includes(text)) {
      control.removeAttribute('aria-label')
      set(control, 'title', label)
    }
  }
  for (const bar of document.querySelectorAll('[role=progressbar]:not([aria-label], [aria-labelledby])')) {
    if (document.title) set(bar, 'aria-label', document.title)
  }
  for (const field of document.querySelectorAll('input[title]:not([aria-label], [aria-labelledby])')) {
    if (field.labels.length === 0) set(field, 'aria-label', field.title)
  }
  for (const field of document.querySelectorAll('input[autocomplete="username email"]')) {
    set(field, 'autocomplete', 'email')
  }
  for (const box of document.querySelectorAll('[role=warning]')) set(box, 'role', 'note')
  for (const list of document.querySelectorAll('[data-slot=item-group][role=list]')) {
    if (list.childElementCount > 0 && !list.querySelector('[role=listitem], li')) set(list, 'role', 'group')
  }
}

new MutationObserver(correct).observe(document, {
  subtree: true,
  childList: true,
  characterData: true,
  attributes: true,
  attributeFilter: ['aria-label', 'value'],
})
correct()
`

const files: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ['/oauth/pages.css', { type: 'text/css', text: style }],
  ['/oauth/pages.js', { type: 'text/javascript', text: script }],
])

const links = `<link rel="stylesheet" href="/oauth/pages.css" /><script type="module" src="/oauth/pages.js"></script>`

/** Serves the stylesheet or the script. */
export function servePageFile(
  path: string,
  { method }: IncomingMessage,
  res: ServerResponse,
): void {
  const file = files.get(path)
  if (file === undefined || (method !== 'GET' && method !== 'HEAD')) {
    res.statusCode = 405
    res.setHeader('Allow', 'GET, HEAD')
    res.end()
    return
  }
  res.setHeader('Cache-Control', 'public, max-age=600')
  res.setHeader('Content-Type', `${file.type}; charset=utf-8`)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(file.text)
}

/** Links both files into a page of the provider. Answers of any other form are sent unchanged. */
export function linkPageFiles(res: ServerResponse): void {
  const { end } = res
  res.end = ((...parameters: Parameters<typeof end>) => {
    const [page] = parameters as readonly unknown[]
    if (typeof page === 'string' && isHtml(res)) parameters[0] = withLinks(page)
    return Reflect.apply(end, res, parameters)
  }) as typeof end
}

function isHtml(res: ServerResponse): boolean {
  const type = String(res.getHeader('Content-Type'))
  return type.startsWith('text/html') && !res.headersSent && !res.hasHeader('Content-Length')
}

function withLinks(page: string): string {
  const at = page.indexOf('</head>')
  if (at < 0 || !page.includes('<div id="root"></div>', at)) return page
  return page.slice(0, at) + links + page.slice(at)
}
