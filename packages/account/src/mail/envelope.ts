import { domainToASCII } from 'node:url'
import { MailError } from './mailer.ts'

/** An address in a form that a mail library does not parse again. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** RFC 5321 §4.1.2: dot-string or quoted-string, printable ASCII; the domain in its ASCII form. */
const DOT_STRING = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const QUOTED_STRING = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i
const MAX_LENGTH = 254

/**
 * Parses exactly one mailbox. Last check before the wire: any address that could become a second
 * recipient, a header or an SMTP command is rejected, whatever the database contains.
 *
 * @throws {MailError} permanent, for anything else.
 */
export function parseMailbox(text: string): Mailbox {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const domain = domainToASCII(text.slice(at + 1))
  const address = `${local}@${domain}`
  const sound =
    at > 0 &&
    (DOT_STRING.test(local) || QUOTED_STRING.test(local)) &&
    DOMAIN.test(domain) &&
    address.length <= MAX_LENGTH
  if (!sound) throw new MailError('the recipient is not a mailbox', { permanent: true })
  return { name: '', address }
}
