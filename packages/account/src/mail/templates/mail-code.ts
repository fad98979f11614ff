import type { CodePurpose } from '../../db/tables.ts'
import { duration } from './duration.ts'
import { code, type Letter, link, text } from './letter.ts'
import type { MailSettings } from './settings.ts'

/** A code requested by its recipient, to be entered in the app. */
export interface MailCodeLetter {
  readonly kind: CodePurpose
  readonly handle: string
  readonly code: string
  /** Lifetime of the code, in seconds. */
  readonly expiresInSeconds: number
  /** Link to the page that takes the code, with the code filled in. */
  readonly url?: string
}

interface Wording {
  readonly subject: (service: string) => string
  /** Completes "Somebody asked to …", for "@handle at service". */
  readonly wish: (account: string) => string
  /** Text of the link to the page. */
  readonly action: string
  /** The consequence if the recipient does nothing. */
  readonly otherwise: string
}

const WORDINGS: Readonly<Record<CodePurpose, Wording>> = {
  'confirm-email': {
    subject: (service) => `Confirm your ${service} email address`,
    wish: (account) => `confirm this address as that of ${account}`,
    action: 'Confirm the address',
    otherwise: 'the address stays unconfirmed',
  },
  'update-email': {
    subject: (service) => `Change your ${service} email address`,
    wish: (account) => `change the email address of ${account}, or how it is used to log in`,
    action: 'Change the address',
    otherwise: 'your address stays as it is',
  },
  'delete-account': {
    subject: (service) => `Delete your ${service} account`,
    wish: (account) => `delete the account ${account}`,
    action: 'Delete the account',
    otherwise: 'your account stays as it is',
  },
  'plc-operation': {
    subject: (service) => `Change the identity of your ${service} account`,
    wish: (account) =>
      `change the identity of ${account}: its keys, its handle or where it is hosted`,
    action: 'Change the identity',
    otherwise: 'your identity stays as it is',
  },
  'sign-in': {
    subject: (service) => `Log in to ${service}`,
    wish: (account) => `log in to ${account} with its password`,
    action: 'Log in',
    otherwise: 'nobody is logged in, and you should change the password: somebody knows it',
  },
}

export function mailCode(mail: MailCodeLetter, { serviceName }: MailSettings): Letter {
  const { subject, wish, action, otherwise } = WORDINGS[mail.kind]
  return {
    subject: subject(serviceName),
    paragraphs: [
      text(`Somebody asked to ${wish(`@${mail.handle} at ${serviceName}`)}.`),
      text('If it was you, enter this code:'),
      code(mail.code),
      ...(mail.url === undefined ? [] : [link(action, mail.url)]),
      text(
        `The code works once, within ${duration(mail.expiresInSeconds)}. Asking again replaces it.`,
      ),
      text(`If it was not you, ${otherwise}. Do not give the code to anybody.`),
    ],
  }
}
