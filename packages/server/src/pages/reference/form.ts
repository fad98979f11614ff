import { type Html, html } from '@lexwright/account'
import type { MethodAuth } from './auth.ts'
import { firstEncoding, isJson } from './curl.ts'
import type { Documents, Method } from './documents.ts'
import { fieldsOf, renderField } from './fields.ts'
import type { SampleValues } from './samples.ts'
import { anchorOf } from './type-text.ts'

export interface FormOptions {
  readonly documents: Documents
  readonly samples: SampleValues
  readonly auth: MethodAuth | undefined
}

/** A form to call a method with. It is of use with the script of the page only, which is what enables it. */
export function callForm(method: Method, options: FormOptions): Html {
  const { nsid, type, parameters } = method
  const id = anchorOf(nsid)
  const query = parameters
    ? fieldsOf({ schema: parameters, nsid }, options).map((field, index) =>
        renderField(field, { id: `${id}-query-${index}`, part: 'query' }),
      )
    : []
  const body = bodyPart(method, options)
  const example = {
    query: parameters ? options.samples.of(parameters, nsid) : {},
    body: body.example,
  }
  const hasExample = Object.values(example).some((part) => Object.keys(part as object).length > 0)
  return html`<details class="try">
<summary class="open">Try it<span class="hidden">: ${nsid}</span></summary>
<p class="note" data-without-script>This form needs JavaScript.</p>
<form class="call" aria-label="Call ${nsid}" novalidate autocomplete="off" data-path="/xrpc/${nsid}" data-verb="${type === 'query' ? 'GET' : 'POST'}" data-body="${body.kind}" data-encoding="${body.encoding}" data-example="${JSON.stringify(example)}">
<fieldset disabled>
<legend class="hidden">${nsid}</legend>
${query.length > 0 ? [html`<h5>Parameters</h5>`, ...query] : []}
${body.fields}
${authField(`${id}-auth`, options.auth)}
<p class="problem" role="alert" hidden></p>
<p class="actions"><button type="submit">Send</button>${
    hasExample
      ? html` <button type="button" class="quiet" data-do="example">Fill in an example</button>`
      : ''
  }</p>
</fieldset>
</form>
<div class="answer" hidden></div>
</details>`
}

interface BodyPart {
  readonly kind: 'none' | 'json' | 'text' | 'file'
  readonly encoding: string
  readonly example: unknown
  readonly fields: readonly Html[]
}

function bodyPart({ nsid, input }: Method, options: FormOptions): BodyPart {
  if (input === undefined) return { kind: 'none', encoding: '', example: {}, fields: [] }
  const encoding = firstEncoding(input.encoding)
  const id = `${anchorOf(nsid)}-body`
  if (isJson(encoding)) {
    const schema = input.schema ?? { type: 'unknown' }
    const fields = fieldsOf({ schema, nsid }, options)
    const example = options.samples.of(schema, nsid)
    return { kind: 'json', encoding, example, fields: jsonBody(id, fields.length > 0, fields) }
  }
  const kind = encoding.startsWith('text/') ? 'text' : 'file'
  return { kind, encoding, example: {}, fields: otherBody(id, kind, encoding) }
}

/** Both views of a JSON body; which of them is looked at, the script decides. */
function jsonBody(
  id: string,
  hasFields: boolean,
  fields: ReturnType<typeof fieldsOf>,
): readonly Html[] {
  return [
    html`<div class="heading"><h5>Body</h5>${
      hasFields
        ? html`<button type="button" class="quiet small" data-do="view" aria-pressed="false">As JSON</button>`
        : ''
    }</div>`,
    ...(hasFields
      ? [
          html`<div data-view="fields">
${fields.map((field, index) => renderField(field, { id: `${id}-${index}`, part: 'body' }))}
</div>`,
        ]
      : []),
    html`<div class="field" data-view="json"${hasFields ? html` hidden` : ''}>
<label for="${id}-json">Body as JSON</label>
<textarea id="${id}-json" data-raw rows="8" autocomplete="off" autocapitalize="none" spellcheck="false"></textarea>
</div>`,
  ]
}

function otherBody(id: string, kind: 'text' | 'file', encoding: string): readonly Html[] {
  return [
    html`<h5>Body</h5>`,
    kind === 'text'
      ? html`<div class="field">
<label for="${id}">Text</label>
<textarea id="${id}" data-content rows="6" autocomplete="off" spellcheck="false"></textarea>
</div>`
      : html`<div class="field">
<label for="${id}">File</label>
<input id="${id}" type="file" data-content>
</div>`,
    html`<div class="field">
<label for="${id}-type">Media type</label>
<input id="${id}-type" data-media-type value="${encoding}" autocomplete="off" autocapitalize="none" spellcheck="false">
</div>`,
  ]
}

/** Which of the credentials goes along. */
function authField(id: string, auth: MethodAuth | undefined): Html {
  const usual = auth?.scheme ?? 'bearer'
  const option = (value: string, label: string): Html =>
    html`<option value="${value}"${value === usual ? html` selected` : ''}>${label}</option>`
  return html`<div class="field">
<label for="${id}">Authorization</label>
<span class="hint">As entered <a href="#credentials">at the top</a>.</span>
<select id="${id}" data-auth autocomplete="off">
${[option('none', 'none'), option('bearer', 'token'), option('basic', 'user and password')]}
</select>
</div>`
}
