import type { runPipeline } from '../pipeline.ts'

const described = (text: string): object => ({
  type: 'object',
  description: text,
  properties: {
    [`a${text}`]: { type: 'string', description: text, const: text, maxLength: 99 },
    known: { type: 'string', maxLength: 99, knownValues: [text], default: text },
  },
})

/** A document that holds a text wherever a document can hold any. */
export function sourcesWith(text: string): Parameters<typeof runPipeline>[0] {
  const main = {
    type: 'procedure',
    description: text,
    input: { encoding: 'application/json', description: text, schema: described(text) },
    errors: [{ name: 'Gone', description: text }],
  }
  const document = {
    lexicon: 1,
    id: 'com.example.it',
    description: text,
    defs: { main, other: described(text) },
  }
  const name = 'com/example/it'
  return {
    documents: [{ path: `${name}.json`, name, text: JSON.stringify(document) }],
    overlays: [],
  }
}
