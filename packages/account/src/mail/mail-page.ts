import type { CodePurpose } from '../db/tables.ts'

/** The mails that link to a page for their code. */
export type PagedMail = 'password-reset' | 'confirm-email' | 'update-email' | 'delete-account'

/** Pages where users enter mailed codes. */
export type MailPages = Readonly<Partial<Record<PagedMail, string>>>

export interface MailPageSettings {
  readonly pages: MailPages
  /** Replaces `pages['password-reset']`; the code is passed as `?token=`. */
  readonly passwordResetUrl?: string | undefined
}

/**
 * The URL of the page with the code in its fragment, which browsers do not send: it reaches no log
 * and no other page.
 */
export function mailPage(
  { pages, passwordResetUrl }: MailPageSettings,
  kind: CodePurpose | 'password-reset',
  code: string,
): { readonly url?: string } {
  if (kind === 'password-reset' && passwordResetUrl !== undefined) {
    const url = new URL(passwordResetUrl)
    url.searchParams.set('token', code)
    return { url: url.href }
  }
  const page = kind === 'plc-operation' || kind === 'sign-in' ? undefined : pages[kind]
  return page === undefined ? {} : { url: `${page}#${code}` }
}
