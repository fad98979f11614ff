import { createHash } from 'node:crypto'

/**
 * Moves the code from the fragment of a mailed link into its field. Fragments are not sent to
 * servers, and this one is removed from the address.
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

/** The hash of {@link codeScript} for a Content-Security-Policy. */
export const codeScriptHash: string = `'sha256-${createHash('sha256').update(codeScript).digest('base64')}'`
