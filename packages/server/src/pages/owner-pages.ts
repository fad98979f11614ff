import type { MailPages, PageCalls } from '@lexwright/account'

type Call = Parameters<PageCalls['deleteAccount']>[0]

/** The submitted fields of a form. */
export interface OwnerFields {
  readonly name: string
  readonly password: string
  readonly email: string
  readonly token: string
}

/** A page for an action of the owner on the account. */
export interface OwnerPage {
  readonly path: string
  readonly title: string
  readonly intro: string
  readonly action: string
  readonly takesEmail: boolean
  readonly done: { readonly title: string; readonly text: string }
  /** Mails a code; false if none is required. */
  send(calls: PageCalls, call: Call, fields: OwnerFields): Promise<boolean>
  finish(calls: PageCalls, call: Call, fields: OwnerFields): Promise<void>
}

const confirmEmail: OwnerPage = {
  path: '/mail/confirm-email',
  title: 'Confirm your email address',
  intro: 'Enter the code from the mail, and your password.',
  action: 'Confirm the address',
  takesEmail: false,
  done: {
    title: 'Your email address is confirmed',
    text: 'You can close this page.',
  },
  send: async (calls, call, fields) => {
    await calls.requestEmailConfirmation(call, fields)
    return true
  },
  finish: (calls, call, fields) => calls.confirmEmail(call, fields),
}

const changeEmail: OwnerPage = {
  path: '/mail/change-email',
  title: 'Change your email address',
  intro: 'If the present address is confirmed, the change needs a code mailed to it.',
  action: 'Change the address',
  takesEmail: true,
  done: {
    title: 'Your email address was changed',
    text: 'The former address is notified. Confirm the new one next.',
  },
  send: async (calls, call, fields) => (await calls.requestEmailChange(call, fields)).tokenRequired,
  finish: (calls, call, { token, ...fields }) =>
    calls.changeEmail(call, { ...fields, token: token === '' ? undefined : token }),
}

const deleteAccount: OwnerPage = {
  path: '/mail/delete-account',
  title: 'Delete your account',
  intro:
    'This logs out every device. You will be mailed the date until which the account can be restored.',
  action: 'Delete the account',
  takesEmail: false,
  done: {
    title: 'Your account was deleted',
    text: 'You will be mailed the date until which the operator can restore it.',
  },
  send: async (calls, call, fields) => {
    await calls.requestDeletion(call, fields)
    return true
  },
  finish: (calls, call, fields) => calls.deleteAccount(call, fields),
}

export const ownerPages: readonly OwnerPage[] = [confirmEmail, changeEmail, deleteAccount]

/** Pages that mails link to, except the one for a new password. */
export function ownerPagesAt(publicUrl: string): MailPages {
  return {
    'confirm-email': publicUrl + confirmEmail.path,
    'update-email': publicUrl + changeEmail.path,
    'delete-account': publicUrl + deleteAccount.path,
  }
}
