import { type Html, html } from '@lexwright/account'

/** A field that people fill in. */
export type Field = 'token' | 'password' | 'repeated'

/** What is wrong with what was sent; without a field, with none of them. */
export interface FormProblem {
  readonly field?: Field
  readonly message: string
}

export interface FormOptions {
  /** Where it is sent to. */
  readonly action: string
  /** The code as far as it is known. A password is never shown again. */
  readonly token: string
  readonly problem?: FormProblem
}

/** The form with which a password is chosen. What people have to do next has the focus. */
export function resetPasswordForm({ action, token, problem }: FormOptions): readonly Html[] {
  const next = problem?.field ?? (token === '' ? 'token' : 'password')
  const field = (name: Field, rest: Omit<FieldOptions, 'name' | 'problem' | 'hasFocus'>): Html =>
    renderField({
      ...rest,
      name,
      hasFocus: name === next,
      problem: problem?.field === name ? problem.message : undefined,
    })
  return [
    html`<h1>Choose a new password</h1>`,
    ...(problem !== undefined && problem.field === undefined
      ? [html`<p class="alert" role="alert">${problem.message}</p>`]
      : []),
    html`<form method="post" action="${action}">
${field('token', {
  type: 'text',
  label: 'Code from the mail',
  hint: 'Ten letters and digits, such as abcde-23456.',
  value: token,
  autocomplete: 'one-time-code',
})}
${field('password', {
  type: 'password',
  label: 'New password',
  hint: 'At least 8 characters. A few words that nobody expects together are good.',
  autocomplete: 'new-password',
})}
${field('repeated', {
  type: 'password',
  label: 'The new password again',
  autocomplete: 'new-password',
})}
<button type="submit">Change the password</button>
</form>`,
  ]
}

interface FieldOptions {
  readonly name: Field
  readonly type: 'text' | 'password'
  readonly label: string
  readonly hint?: string
  readonly value?: string
  readonly autocomplete: string
  readonly hasFocus: boolean
  readonly problem: string | undefined
}

const PLAIN = { autocapitalize: 'none', spellcheck: 'false' }

function renderField(options: FieldOptions): Html {
  const { name, hint, problem } = options
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(problem === undefined ? [] : [`${name}-problem`]),
  ]
  const values: Readonly<Record<string, string>> = {
    id: name,
    name,
    type: options.type,
    autocomplete: options.autocomplete,
    ...PLAIN,
    ...(options.value !== undefined && { value: options.value }),
    ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
    ...(problem !== undefined && { 'aria-invalid': 'true' }),
    required: '',
    ...(options.hasFocus && { autofocus: '' }),
  }
  return html`<div class="field">
<label for="${name}">${options.label}</label>
${hint === undefined ? '' : html`<span class="hint" id="${name}-hint">${hint}</span>`}
${problem === undefined ? '' : html`<span class="wrong" role="alert" id="${name}-problem">${problem}</span>`}
<input${attributes(values)}>
</div>`
}

/** Attributes of an element; the names are ours. */
function attributes(values: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(values).map(([name, value]) => html` ${name}="${value}"`)
}
