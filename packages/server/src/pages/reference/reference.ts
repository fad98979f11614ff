import { type Html, html } from '@lexwright/account'
import type { MethodAuth } from './auth.ts'
import { Documents, type LexiconDocument, type Namespace, schemasOf } from './documents.ts'
import { definitionSection, methodSection, type SectionOptions } from './method-section.ts'
import { type Samples, SampleValues } from './samples.ts'
import { errorTable } from './tables.ts'
import { anchorOf, TypeText } from './type-text.ts'

/** What a reference is made of. */
export interface ReferenceOptions {
  /** What people know the service by. */
  readonly serviceName: string
  /** Where clients reach it, such as `https://pds.example.com`; for commands to copy. */
  readonly serviceUrl: string
  /** The documents of its methods and of what they refer to: `schemas` of generated code. */
  readonly documents: Iterable<LexiconDocument>
  /** Who may call which method, by NSID. What is missing is said to be unknown. */
  readonly auth?: Readonly<Record<string, MethodAuth>>
  /** What errors mean that documents declare without a description, by name. */
  readonly errorTexts?: Readonly<Record<string, string>>
  /** Errors that any method may answer, besides those that the library answers. */
  readonly errors?: readonly GeneralError[]
  /** Values for examples, by the name of a property. */
  readonly samples?: Samples
}

export interface GeneralError {
  readonly name: string
  readonly status: number
  readonly description: string
}

/** Where the page finds its style and its scripts. */
export interface PageAssets {
  readonly style: string
  readonly script: string
}

const LIBRARY_ERRORS: readonly GeneralError[] = [
  { name: 'InvalidRequest', status: 400, description: 'The call is not as described here.' },
  { name: 'MethodNotImplemented', status: 501, description: 'There is no such method.' },
  { name: 'InternalServerError', status: 500, description: 'A fault of the service.' },
]

/** The whole page, from documents alone: the same options make the same text. */
export function renderReference(options: ReferenceOptions, assets: PageAssets): string {
  const { serviceName, serviceUrl, auth = {}, errors = [], errorTexts = {} } = options
  const documents = new Documents(options.documents)
  const namespaces = documents.namespaces()
  const section: SectionOptions = {
    documents,
    types: new TypeText(documents),
    samples: new SampleValues(documents, options.samples),
    serviceUrl,
    errorTexts: new Map(Object.entries(errorTexts)),
    authOf: (nsid) => (Object.hasOwn(auth, nsid) ? auth[nsid] : undefined),
  }
  const definitions = documents.reachableFrom(
    namespaces.flatMap(({ methods }) => methods.flatMap(schemasOf)),
  )
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Methods – ${serviceName}</title>
<link rel="stylesheet" href="${assets.style}">
<script type="module" src="${assets.script}"></script>
</head>
<body>
<a class="skip" href="#methods">Skip to the methods</a>
<header>
<p class="service">${serviceName}</p>
<h1>Methods</h1>
</header>
<div class="layout">
${navigation(namespaces, definitions.length > 0)}
<main id="methods" tabindex="-1">
${introduction(serviceUrl)}
${credentials(Object.values(auth))}
${namespaces.map(
  ({ name, methods }) => html`<section class="namespace" aria-labelledby="${anchorOf(name)}">
<h2 id="${anchorOf(name)}">${name}</h2>
${methods.map((method) => methodSection(method, section))}
</section>`,
)}
${
  definitions.length === 0
    ? ''
    : html`<section aria-labelledby="definitions">
<h2 id="definitions">Definitions</h2>
${definitions.map((definition) => definitionSection(definition, section.types))}
</section>`
}
<section aria-labelledby="errors">
<h2 id="errors">Errors of any method</h2>
<div class="card">
<p>Besides its own errors, a method may answer these:</p>
${errorTable([...LIBRARY_ERRORS, ...errors], 'Errors of any method')}
</div>
</section>
</main>
</div>
</body>
</html>
`.source
}

function navigation(namespaces: readonly Namespace[], hasDefinitions: boolean): Html {
  return html`<nav aria-label="Methods">
${namespaces.map(
  ({ name, methods }) => html`<p><a href="#${anchorOf(name)}">${name}</a></p>
<ul>
${methods.map(
  ({ nsid }) => html`<li><a href="#${anchorOf(nsid)}">${nsid.slice(name.length + 1)}</a></li>`,
)}
</ul>`,
)}
${hasDefinitions ? html`<p><a href="#definitions">Definitions</a></p>` : ''}
<p><a href="#errors">Errors of any method</a></p>
</nav>`
}

function introduction(serviceUrl: string): Html {
  return html`<section class="card" aria-label="How to call">
<p>A method is called at <code>${serviceUrl}/xrpc/</code> and its name: a query with GET and its parameters in the address, a procedure with POST and its input in the body.</p>
<p>A call that fails is answered with a status of 400 or more and <code>{"error": "NameOfTheError", "message": "a sentence"}</code>.</p>
</section>`
}

/** What calls from the page are sent with. The fields have no names: no form holds or sends them. */
function credentials(auth: readonly MethodAuth[]): Html {
  const users = new Set(auth.flatMap((each) => (each.scheme === 'basic' ? [each.user] : [])))
  const [user = ''] = users.size === 1 ? users : []
  const field = (id: string, label: string, rest: Html): Html =>
    html`<div class="field">
<label for="${id}">${label}</label>
<input id="${id}" autocomplete="off" autocapitalize="none" spellcheck="false"${rest}>
</div>`
  return html`<section class="credentials card" id="credentials" aria-labelledby="credentials-title">
<h2 id="credentials-title">For calls from this page</h2>
<p>Kept in this tab until it is closed or reloaded, and nowhere else.</p>
<p class="note" data-without-script>Calls from this page need JavaScript; everything else can be read without.</p>
<fieldset disabled>
<legend class="hidden">Credentials</legend>
${[
  field('credentials-token', 'Token', html` class="veiled"`),
  field('credentials-user', 'User', html` value="${user}"`),
  field('credentials-password', 'Password', html` class="veiled"`),
]}
</fieldset>
</section>`
}
