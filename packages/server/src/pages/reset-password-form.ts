import { type Html, html } from '@lexwright/account'
import { FORGOT_PASSWORD_PATH } from './account-pages.ts'
import { type Field, type FormProblem, renderAlert, renderField } from './form.ts'

type Name = 'token' | 'password' | 'repeated'

export interface FormOptions {
  /** URL that the form is submitted to. */
  readonly action: string
  /** The code, if known. Passwords are never shown again. */
  readonly token: string
  readonly problem?: FormProblem
}

/** The form for a new password. The next field to fill in has the focus. */
export function resetPasswordForm({ action, token, problem }: FormOptions): readonly Html[] {
  const next = problem?.field ?? (token === '' ? 'token' : 'password')
  const field = (each: Field<Name>): Html =>
    renderField(each, {
      hasFocus: each.name === next,
      problem: problem?.field === each.name ? problem.message : undefined,
    })
  return [
    html`<h1>Choose a new password</h1>`,
    ...renderAlert(problem),
    html`<form method="post" action="${action}">
${field({
  name: 'token',
  type: 'text',
  label: 'Code from the mail',
  hint: 'Ten letters and digits, such as abcde-23456.',
  value: token,
  autocomplete: 'one-time-code',
})}
${field({
  name: 'password',
  type: 'password',
  label: 'New password',
  hint: 'At least 8 characters, for example a few unrelated words.',
  autocomplete: 'new-password',
})}
${field({
  name: 'repeated',
  type: 'password',
  label: 'The new password again',
  autocomplete: 'new-password',
})}
<button type="submit">Change the password</button>
</form>`,
    html`<p><a href="${FORGOT_PASSWORD_PATH}">Ask for another mail</a></p>`,
  ]
}
