import { addressOf } from '../ir/references.ts'
import type { Rule } from './finding.ts'
import { walk } from './walk.ts'

/** Rules about documents among others. */
export const SET_RULES: readonly Rule[] = [
  {
    name: 'ref-to-method',
    finds: 'A reference leads to a query, procedure, subscription or permission set.',
    help: 'Refer to a definition that describes a value; nothing is valid here.',
    set(documents, tell) {
      const types = new Map(
        documents.flatMap(({ document }) =>
          document.defs.main ? [[document.id, document.defs.main.type] as const] : [],
        ),
      )
      for (const { document, file } of documents) {
        walk(document, ({ schema, path }) => {
          const refs = schema.type === 'union' ? schema.refs : [schema.ref]
          for (const ref of Array.isArray(refs) ? refs : []) {
            if (typeof ref !== 'string') continue
            const { nsid, name } = addressOf(ref, document.id)
            const type = name === 'main' ? types.get(nsid) : undefined
            if (type !== undefined && NO_VALUE.has(type)) {
              tell(file, path, `${nsid} is a ${type}, which no value can be.`)
            }
          }
        })
      }
    },
    example: {
      type: 'query',
      description: 'Reads it.',
      output: { encoding: 'application/json', schema: { type: 'ref', ref: '#main' } },
    },
  },
  {
    name: 'same-but-for-case',
    finds: 'Two documents differ in nothing but the case of their ids.',
    help: 'Rename one: their modules are the same file on macOS and Windows.',
    set(documents, tell) {
      const seen = new Map<string, string>()
      for (const { document, file } of documents) {
        const lower = document.id.toLowerCase()
        const other = seen.get(lower)
        if (other !== undefined) tell(file, ['id'], `${document.id} and ${other} collide.`)
        seen.set(lower, document.id)
      }
    },
    example: {
      'com.example.getThing': { main: { type: 'token' } },
      'com.example.getthing': { main: { type: 'token' } },
    },
  },
  {
    name: 'method-and-namespace',
    finds: 'An id is a method and the beginning of other ids.',
    help: 'Rename one: in generated code the namespace has to step aside and gets a number.',
    set(documents, tell) {
      const ids = documents.map(({ document }) => document.id)
      for (const { document, file } of documents) {
        const { main } = document.defs
        const isMethod = main !== undefined && NO_VALUE.has(main.type)
        const below = ids.find((id) => id.startsWith(`${document.id}.`))
        if (isMethod && below !== undefined) {
          tell(file, ['id'], `${below} makes ${document.id} a namespace too.`)
        }
      }
    },
    example: {
      'com.example.thing': { main: { type: 'query', description: 'Reads it.' } },
      'com.example.thing.get': { main: { type: 'token' } },
    },
  },
]

const NO_VALUE: ReadonlySet<string> = new Set([
  'query',
  'procedure',
  'subscription',
  'permission-set',
])
