import { type Html, html } from '@lexwright/account'
import { type Field, type FormProblem, renderAlert, renderField } from './form.ts'

export interface OwnerFormOptions {
  readonly path: string
  readonly title: string
  readonly intro: string
  /** Label of the submit button. */
  readonly action: string
  /** True if the form has a field for a new address. */
  readonly takesEmail: boolean
  /** Submitted values. Passwords and codes are never shown again. */
  readonly typed: { readonly name: string; readonly email: string }
  readonly notice?: string | undefined
  readonly problem?: FormProblem | undefined
}

/** A form for the owner of an account, authenticated by the password and a mailed code. */
export function ownerForm(options: OwnerFormOptions): readonly Html[] {
  const { typed, problem, notice } = options
  const fields: readonly Field[] = [
    {
      name: 'name',
      type: 'text',
      label: 'Handle or email address',
      value: typed.name,
      autocomplete: 'username',
    },
    {
      name: 'password',
      type: 'password',
      label: 'Password',
      autocomplete: 'current-password',
    },
    ...(options.takesEmail ? [newAddress(typed.email)] : []),
    {
      name: 'token',
      type: 'text',
      label: 'Code from the mail',
      hint: 'Ten letters and digits, such as ABCDE-23456.',
      autocomplete: 'one-time-code',
      isOptional: true,
    },
  ]
  const next = problem?.field ?? (typed.name === '' ? 'name' : 'password')
  return [
    html`<h1>${options.title}</h1>`,
    html`<p>${options.intro}</p>`,
    ...(notice === undefined ? [] : [html`<p class="notice" role="status">${notice}</p>`]),
    ...renderAlert(problem),
    html`<form method="post" action="${options.path}">
${fields.map((field) =>
  renderField(field, {
    hasFocus: field.name === next,
    problem: problem?.field === field.name ? problem.message : undefined,
  }),
)}
<button type="submit" name="step" value="finish">${options.action}</button>
<button type="submit" name="step" value="send" class="plain">Send me a code</button>
</form>`,
  ]
}

function newAddress(value: string): Field {
  return {
    name: 'email',
    type: 'email',
    label: 'New email address',
    value,
    autocomplete: 'email',
    isOptional: true,
  }
}
