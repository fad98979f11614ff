import type { CodePurpose } from '../db/tables.ts'

/** The mails that have a page to enter their code on. */
export type PagedMail = 'password-reset' | 'confirm-email' | 'update-email' | 'delete-account'

/** Where people enter the codes of mails. */
export type MailPages = Readonly<Partial<Record<PagedMail, string>>>

export interface MailPageSettings {
  readonly pages: MailPages
  /** Takes the place of `pages['password-reset']`, with the code as `?token=`. */
  readonly passwordResetUrl?: string | undefined
}

/**
 * The page for a code, with the code. It stands in the fragment, which browsers send to nobody: no log and no other page
 * sees it.
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
