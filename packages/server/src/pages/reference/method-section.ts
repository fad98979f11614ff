import { type Html, html } from '@lexwright/account'
import type { MethodAuth } from './auth.ts'
import { curlOf } from './curl.ts'
import type { Body, Definition, Documents, Method, Schema } from './documents.ts'
import { callForm } from './form.ts'
import type { SampleValues } from './samples.ts'
import { about, errorTable, memberTable } from './tables.ts'
import { anchorOf, type TypeText } from './type-text.ts'

export interface SectionOptions {
  readonly documents: Documents
  readonly types: TypeText
  readonly samples: SampleValues
  readonly serviceUrl: string
  readonly authOf: (nsid: string) => MethodAuth | undefined
  /** What an error means whose document does not say. */
  readonly errorTexts: ReadonlyMap<string, string>
}

const VERBS = { query: 'GET', procedure: 'POST', subscription: 'WebSocket' } as const

/** Everything about a method: what it says on the left, how it is called on the right. */
export function methodSection(method: Method, options: SectionOptions): Html {
  const { nsid, type, parameters, input, output, message } = method
  const at = nsid.lastIndexOf('.') + 1
  const id = anchorOf(nsid)
  const auth = options.authOf(nsid)
  return html`<article class="method card" id="${id}" aria-labelledby="${id}-title">
<div class="says">
<h3 id="${id}-title"><a href="#${id}"><span class="soft">${nsid.slice(0, at)}</span>${nsid.slice(at)}</a></h3>
<p class="route"><span class="kind ${type}">${VERBS[type]}</span> <code>/xrpc/${nsid}</code> <span class="soft">${type}</span></p>
${about(method.description)}
<p class="auth"><strong>Authentication:</strong> ${auth?.description ?? 'the documents do not say.'}</p>
${parameters === undefined ? '' : part('Parameters', parameters, { ...options, nsid })}
${input === undefined ? '' : bodyPart('Input', input, { ...options, nsid })}
${output === undefined ? '' : bodyPart('Output', output, { ...options, nsid })}
${type !== 'subscription' && output === undefined ? html`<h4>Output</h4><p>None: the answer is an empty 200.</p>` : ''}
${message?.schema === undefined ? '' : part('Messages', message.schema, { ...options, nsid })}
${declaredErrors(method, options)}
</div>
<div class="does">
${
  type === 'subscription'
    ? html`<p class="note">A stream: it is read with a WebSocket client, not from this page.</p>`
    : html`<h4>With curl</h4>
<pre><code>${curlOf(method, { ...options, auth })}</code></pre>
${callForm(method, { ...options, auth })}`
}
</div>
</article>`
}

function declaredErrors({ nsid, errors = [] }: Method, { errorTexts }: SectionOptions): Html {
  if (errors.length === 0) return html``
  const described = errors.map(({ name, description = errorTexts.get(name) }) => ({
    name,
    ...(description !== undefined && { description }),
  }))
  return html`<h4>Errors</h4>
${errorTable(described, `Errors of ${nsid}`)}`
}

/** What other schemas refer to. */
export function definitionSection({ uri, nsid, schema }: Definition, types: TypeText): Html {
  const id = anchorOf(uri)
  return html`<article class="card" id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title"><a href="#${id}">${uri}</a></h3>
${about(schema.description)}
${shape(schema.record ?? schema, { nsid, types, label: uri })}
</article>`
}

function bodyPart(
  title: string,
  { encoding, schema, description }: Body,
  options: SectionOptions & { readonly nsid: string },
): Html {
  const { nsid, types } = options
  return html`<h4>${title} <code>${encoding}</code></h4>
${about(description)}
${schema === undefined ? '' : about(schema.description)}
${schema === undefined ? html`<p>The documents do not say more about it.</p>` : shape(schema, { nsid, types, label: `${title} of ${nsid}` })}`
}

function part(
  title: string,
  schema: Schema,
  { nsid, types }: SectionOptions & { readonly nsid: string },
): Html {
  return html`<h4>${title}</h4>
${about(schema.description)}
${shape(schema, { nsid, types, label: `${title} of ${nsid}` })}`
}

function shape(
  schema: Schema,
  {
    nsid,
    types,
    label,
  }: { readonly nsid: string; readonly types: TypeText; readonly label: string },
): Html {
  return schema.type === 'object' || schema.type === 'params'
    ? memberTable({ schema, nsid, types }, label)
    : html`<p>${types.of(schema, nsid)}</p>`
}
