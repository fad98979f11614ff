import { addressOf } from '../ir/references.ts'
import type { ParsedDocument } from '../parse/parse.ts'
import type { Path, Rule } from './finding.ts'
import { walk } from './walk.ts'

/** Rules about the relations between documents. */
export const SET_RULES: readonly Rule[] = [
  {
    name: 'ref-to-method',
    severity: 'error',
    finds: 'A reference points to a query, procedure, subscription or permission set.',
    help: 'Refer to a definition that describes a value; no value is valid here.',
    set(documents, tell) {
      forEachTarget(documents, ({ file, path }, target, type) => {
        if (NO_VALUE.has(type)) tell(file, path, `${target} is a ${type}, which no value can be.`)
      })
    },
    example: {
      type: 'query',
      description: 'Reads it.',
      output: { encoding: 'application/json', schema: { type: 'ref', ref: '#main' } },
    },
  },
  {
    name: 'ref-to-token',
    severity: 'error',
    finds: 'A reference points to a token, which has no values.',
    help: 'Use a string with the name of the token among its "knownValues".',
    set(documents, tell) {
      forEachTarget(documents, ({ file, path, inUnion }, target, type) => {
        if (!inUnion && type === 'token')
          tell(file, path, `${target} is a token, which has no values.`)
      })
    },
    example: {
      'com.example.it': {
        main: { type: 'object', properties: { state: { type: 'ref', ref: '#open' } } },
        open: { type: 'token', description: 'It is open.' },
      },
    },
  },
  {
    name: 'union-member',
    severity: 'error',
    finds: 'A member of a union is neither an object nor a record.',
    help: 'Wrap it in an object: members are told apart by their "$type".',
    set(documents, tell) {
      forEachTarget(documents, ({ file, path, inUnion }, target, type) => {
        if (!inUnion || NO_VALUE.has(type) || type === 'object' || type === 'record') return
        tell(file, path, `${target} is of type ${type}, which has no "$type".`)
      })
    },
    example: {
      'com.example.it': {
        main: { type: 'object', properties: { embed: { type: 'union', refs: ['#text'] } } },
        text: { type: 'string', maxLength: 64 },
      },
    },
  },
  {
    name: 'same-but-for-case',
    finds: 'The ids of two documents differ only in case.',
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
      'com.example.getThing': { main: { type: 'token', description: 'A thing.' } },
      'com.example.getthing': { main: { type: 'token', description: 'A thing.' } },
    },
  },
  {
    name: 'method-and-namespace',
    finds: 'An id is a method and also a prefix of other ids.',
    help: 'Rename one: in generated code the namespace gets a number.',
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
      'com.example.thing': {
        main: { type: 'query', description: 'Reads it.', output: { encoding: 'image/png' } },
      },
      'com.example.thing.get': { main: { type: 'token', description: 'A thing.' } },
    },
  },
]

const NO_VALUE: ReadonlySet<string> = new Set([
  'query',
  'procedure',
  'subscription',
  'permission-set',
])

interface Reference {
  readonly file: string
  readonly path: Path
  readonly inUnion: boolean
}

/** Visits each reference to a definition of the set, with its name and type. */
function forEachTarget(
  documents: readonly ParsedDocument[],
  visit: (reference: Reference, target: string, type: string) => void,
): void {
  const types = new Map<string, string>()
  for (const { document } of documents) {
    for (const [name, { type }] of Object.entries(document.defs)) {
      types.set(`${document.id}#${name}`, type)
    }
  }
  for (const { document, file } of documents) {
    walk(document, ({ schema, path }) => {
      const inUnion = schema.type === 'union'
      const refs = inUnion ? schema.refs : [schema.ref]
      for (const ref of Array.isArray(refs) ? refs : []) {
        if (typeof ref !== 'string') continue
        const { nsid, name } = addressOf(ref, document.id)
        const type = types.get(`${nsid}#${name}`)
        const target = name === 'main' ? nsid : `${nsid}#${name}`
        if (type !== undefined) visit({ file, path, inUnion }, target, type)
      }
    })
  }
}
