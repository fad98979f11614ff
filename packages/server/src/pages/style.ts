import { createHash } from 'node:crypto'

/** The colours of every page, light and dark. */
export const palette: string = `
:root { color-scheme: light dark; --ink: #1a1f2b; --soft: #5a6272; --paper: #fff; --ground: #f2f4f8; --line: #767e8c; --accent: #1d4ed8; --on-accent: #fff; --wrong: #b42318; --wrong-ground: #fef3f2 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef1f6; --soft: #aab3c2; --paper: #1b202b; --ground: #11151d; --line: #7d8798; --accent: #8ab4ff; --on-accent: #0c1424; --wrong: #ff9b8f; --wrong-ground: #33191a }
}
`

/** The style of the pages. Inline, since a page that loads nothing leaks nothing. */
export const style: string = `${palette}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 26rem; padding: 2rem; background: var(--paper); border-radius: .75rem; box-shadow: 0 1px 2px #0002, 0 8px 24px #0001 }
.service { margin: 0 0 .25rem; color: var(--soft); font-size: .875rem; overflow-wrap: anywhere }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
p { margin: 0 0 1rem }
label { display: block; font-weight: 600 }
.field { margin: 0 0 1.25rem }
label + input { margin-top: .375rem }
.hint, .wrong { display: block; margin: .125rem 0 .375rem; font-size: .875rem }
.hint { color: var(--soft) }
.wrong { color: var(--wrong); font-weight: 600 }
input { width: 100%; padding: .625rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .5rem }
input[name=token] { font-family: ui-monospace, monospace; letter-spacing: .05em }
input[aria-invalid=true] { border: 2px solid var(--wrong) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
button { width: 100%; padding: .75rem; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: .5rem; cursor: pointer }
.plain { margin-top: .75rem; color: var(--ink); background: transparent; border-color: var(--line) }
a { color: var(--accent) }
form + p { margin: 1.25rem 0 0 }
.notice { padding: .75rem 1rem; border-left: 4px solid var(--accent); border-radius: .25rem; background: var(--ground) }
.alert { padding: .75rem 1rem; color: var(--wrong); background: var(--wrong-ground); border-left: 4px solid var(--wrong); border-radius: .25rem }
`

/** The hash of {@link style} for a Content-Security-Policy. */
export const styleHash: string = `'sha256-${createHash('sha256').update(style).digest('base64')}'`
