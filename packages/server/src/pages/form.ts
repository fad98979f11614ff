import { type Html, html } from '@lexwright/account'

/** A problem of a submitted form; without `field`, of the whole form. */
export interface FormProblem<Name extends string = string> {
  readonly field?: Name
  readonly message: string
}

export interface Field<Name extends string = string> {
  readonly name: Name
  readonly type: 'text' | 'password' | 'email'
  readonly label: string
  readonly hint?: string
  readonly value?: string
  readonly autocomplete: string
  readonly isOptional?: boolean
}

export interface FieldState {
  readonly hasFocus: boolean
  readonly problem: string | undefined
}

const PLAIN = { autocapitalize: 'none', spellcheck: 'false' }

export function renderField(field: Field, { hasFocus, problem }: FieldState): Html {
  const { name, hint } = field
  const described = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(problem === undefined ? [] : [`${name}-problem`]),
  ]
  const values: Readonly<Record<string, string>> = {
    id: name,
    name,
    type: field.type,
    autocomplete: field.autocomplete,
    ...PLAIN,
    ...(field.value !== undefined && { value: field.value }),
    ...(described.length > 0 && { 'aria-describedby': described.join(' ') }),
    ...(problem !== undefined && { 'aria-invalid': 'true' }),
    ...(!field.isOptional && { required: '' }),
    ...(hasFocus && { autofocus: '' }),
  }
  return html`<div class="field">
<label for="${name}">${field.label}</label>
${hint === undefined ? '' : html`<span class="hint" id="${name}-hint">${hint}</span>`}
${problem === undefined ? '' : html`<span class="wrong" role="alert" id="${name}-problem">${problem}</span>`}
<input${attributes(values)}>
</div>`
}

/** A problem of the whole form. */
export function renderAlert(problem: FormProblem | undefined): readonly Html[] {
  if (problem === undefined || problem.field !== undefined) return []
  return [html`<p class="alert" role="alert">${problem.message}</p>`]
}

/** Attributes of an element, with trusted names. */
function attributes(values: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(values).map(([name, value]) => html` ${name}="${value}"`)
}

/** A field submitted exactly once; otherwise the empty string. */
export function textField(fields: unknown, name: string): string {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return ''
  const value: unknown = (fields as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : ''
}
