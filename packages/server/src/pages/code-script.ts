import { createHash } from 'node:crypto'

/**
 * Takes the code out of the fragment that a mail links to, and puts it into its field. The fragment is sent to nobody, and is gone
 * from the address afterwards.
 */
export const codeScript: string = `
const field = document.getElementById('token')
const [, code] = /^#([A-Za-z0-9-]{1,64})$/.exec(location.hash) ?? []
if (field && code) {
  field.value = code
  history.replaceState(null, '', location.pathname)
  for (const input of document.querySelectorAll('input')) {
    if (input.value === '') {
      input.focus()
      break
    }
  }
}
`

/** Names {@link codeScript} in a Content-Security-Policy. */
export const codeScriptHash: string = `'sha256-${createHash('sha256').update(codeScript).digest('base64')}'`
