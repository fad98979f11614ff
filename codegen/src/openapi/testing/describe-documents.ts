import { resolveModel } from '../../resolve-model.ts'
import { writeOpenApi } from '../openapi.ts'

/** The parts of a description that tests inspect. */
export interface ApiDescription {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string } & PropertyBag>>>
  >
  readonly components: { readonly schemas: Readonly<Record<string, PropertyBag>> }
  readonly 'x-lexicon-subscriptions'?: Readonly<Record<string, PropertyBag>>
}

export interface PropertyBag {
  readonly [key: string]: unknown
}

/** The description of some documents, as text and parsed. */
export function describeDocuments(documents: readonly object[]): {
  readonly text: string
  readonly api: ApiDescription
} {
  const sources = documents.map((document) => {
    const id = String(Reflect.get(document, 'id'))
    return { path: `${id}.json`, name: id.replaceAll('.', '/'), text: JSON.stringify(document) }
  })
  const { model, diagnostics } = resolveModel({ documents: sources, overlays: [] }, {})
  if (!model) throw new Error(JSON.stringify(diagnostics))
  const { text } = writeOpenApi(model)
  return { text, api: JSON.parse(text) }
}

/** Every `$ref` in a description. */
export function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : refsOf(child),
  )
}
