import type { MailPages, PageCalls } from '@lexwright/account'

type Call = Parameters<PageCalls['deleteAccount']>[0]

/** The fields of a form, as they were sent. */
export interface OwnerFields {
  readonly name: string
  readonly password: string
  readonly email: string
  readonly token: string
}

/** A page on which somebody does something to their own account. */
export interface OwnerPage {
  readonly path: string
  readonly title: string
  readonly intro: string
  readonly action: string
  readonly takesEmail: boolean
  readonly done: { readonly title: string; readonly text: string }
  /** Has a code sent; false if none is needed. */
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
  intro: 'A confirmed address gets a code first, which the change needs.',
  action: 'Change the address',
  takesEmail: true,
  done: {
    title: 'Your email address was changed',
    text: 'The former one is told. Confirm the new one next.',
  },
  send: async (calls, call, fields) => (await calls.requestEmailChange(call, fields)).tokenRequired,
  finish: (calls, call, { token, ...fields }) =>
    calls.changeEmail(call, { ...fields, token: token === '' ? undefined : token }),
}

const deleteAccount: OwnerPage = {
  path: '/mail/delete-account',
  title: 'Delete your account',
  intro:
    'This logs every device out. The mail that follows says until when the account can be restored.',
  action: 'Delete the account',
  takesEmail: false,
  done: {
    title: 'Your account was deleted',
    text: 'A mail says until when the operator can restore it.',
  },
  send: async (calls, call, fields) => {
    await calls.requestDeletion(call, fields)
    return true
  },
  finish: (calls, call, fields) => calls.deleteAccount(call, fields),
}

export const ownerPages: readonly OwnerPage[] = [confirmEmail, changeEmail, deleteAccount]

/** Addresses that mails link to, except the one for a new password. */
export function ownerPagesAt(publicUrl: string): MailPages {
  return {
    'confirm-email': publicUrl + confirmEmail.path,
    'update-email': publicUrl + changeEmail.path,
    'delete-account': publicUrl + deleteAccount.path,
  }
}
