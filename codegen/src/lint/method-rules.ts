import type { Json, Rule } from './finding.ts'

const isMethod = (type: string): boolean =>
  type === 'query' || type === 'procedure' || type === 'subscription'

/** Rules about queries, procedures, subscriptions and records as a whole. */
export const METHOD_RULES: readonly Rule[] = [
  {
    name: 'missing-errors',
    finds: 'A method has input or parameters but declares no errors.',
    help: 'Declare the errors that callers can handle; otherwise they cannot tell them apart.',
    schema({ schema, path }, tell) {
      if (!isMethod(schema.type) || hasItems(schema.errors)) return
      const { properties } = (schema.parameters ?? {}) as { readonly properties?: object }
      const takes = schema.input !== undefined || Object.keys(properties ?? {}).length > 0
      if (takes) tell([...path, 'type'], `This ${schema.type} declares no errors.`)
    },
    example: {
      type: 'procedure',
      description: 'Uploads it.',
      input: { encoding: 'image/png' },
      output: { encoding: 'image/png' },
    },
  },
  {
    name: 'missing-description',
    finds: 'A method, record or declared error has no description.',
    help: 'Say in a sentence what it is for; generated code and docs show it.',
    document(document, tell) {
      for (const [name, definition] of Object.entries(document.defs)) {
        const counts = isMethod(definition.type) || definition.type === 'record'
        if (counts && !definition.description && !document.description) {
          tell(['defs', name, 'type'], `This ${definition.type} has no description.`)
        }
      }
    },
    schema({ schema, path }, tell) {
      if (!isMethod(schema.type) || !Array.isArray(schema.errors)) return
      schema.errors.forEach((error: Json, index) => {
        if (!error.description) {
          tell([...path, 'errors', index], `The error ${String(error.name)} has no description.`)
        }
      })
    },
    example: { type: 'query', output: { encoding: 'image/png' } },
  },
  {
    name: 'error-name',
    finds: 'An error name is not in PascalCase, or is declared twice.',
    help: 'Write names such as "InvalidHandle", each once: they become classes.',
    schema({ schema, path }, tell) {
      if (!isMethod(schema.type) || !Array.isArray(schema.errors)) return
      const seen = new Set<unknown>()
      schema.errors.forEach(({ name }: Json, index) => {
        const at = [...path, 'errors', index, 'name']
        if (seen.has(name)) tell(at, `The error ${String(name)} is declared twice.`)
        else if (!/^[A-Z][A-Za-z0-9]*$/.test(String(name))) {
          tell(at, `${JSON.stringify(name)} is not a class name.`)
        }
        seen.add(name)
      })
    },
    example: {
      type: 'query',
      description: 'Reads it.',
      errors: [{ name: 'not_found', description: 'There is none.' }],
      output: { encoding: 'image/png' },
    },
  },
  {
    name: 'untyped-body',
    finds: 'A JSON body has no schema.',
    help: 'Describe the body; without a schema anything is accepted, unchecked and untyped.',
    schema({ schema, path }, tell) {
      for (const side of ['input', 'output']) {
        const body = schema[side] as Json | undefined
        if (isMethod(schema.type) && body?.encoding === 'application/json' && !body.schema) {
          tell([...path, side], `The ${side} is JSON of any kind.`)
        }
      }
    },
    example: {
      type: 'query',
      description: 'Reads it.',
      output: { encoding: 'application/json' },
    },
  },
  {
    name: 'unsatisfiable-body',
    severity: 'error',
    finds: 'An input has a schema, but its encoding is not "application/json".',
    help: 'Write "application/json", or drop the schema: other bodies are not read as JSON, so none matches the schema.',
    schema({ schema, path }, tell) {
      const input = schema.input as Json | undefined
      if (schema.type !== 'procedure' || !input?.schema) return
      const types = String(input.encoding).split(',')
      if (types.some((type) => /^(\*|application)\/(\*|json)$/.test(type.trim()))) return
      tell([...path, 'input', 'encoding'], 'No request body can match the schema.')
    },
    example: {
      type: 'procedure',
      description: 'Takes it.',
      input: { encoding: 'application/*+json', schema: { type: 'object' } },
      output: { encoding: 'image/png' },
      errors: [{ name: 'Gone', description: 'It is gone.' }],
    },
  },
  {
    name: 'missing-output',
    severity: 'info',
    finds: 'A query or procedure has no output.',
    help: 'Declare one, even an empty object: an undeclared output cannot be extended.',
    schema({ schema, path }, tell) {
      const counts = schema.type === 'query' || schema.type === 'procedure'
      if (counts && schema.output === undefined) tell([...path, 'type'], 'This has no output.')
    },
    example: { type: 'query', description: 'Reads it.' },
  },
  {
    name: 'missing-message',
    finds: 'A subscription has no messages.',
    help: 'Declare a "message" whose schema is a union of references.',
    schema({ schema, path }, tell) {
      if (schema.type === 'subscription' && schema.message === undefined) {
        tell([...path, 'type'], 'This has no message.')
      }
    },
    example: { type: 'subscription', description: 'Follows it.' },
  },
  {
    name: 'unbounded-limit',
    finds: 'A parameter named "limit" has no maximum.',
    help: 'Give it a "maximum" and a "default", or one call can ask for everything.',
    schema({ schema, path, as, name }, tell) {
      if (as === 'parameter' && name === 'limit' && schema.type === 'integer') {
        if (schema.maximum === undefined) tell(path, 'This limit has no maximum.')
      }
    },
    example: {
      type: 'query',
      description: 'Lists them.',
      parameters: { type: 'params', properties: { limit: { type: 'integer', minimum: 1 } } },
      output: { encoding: 'image/png' },
      errors: [{ name: 'Gone', description: 'It is gone.' }],
    },
  },
  {
    name: 'unknown-parameter',
    finds: 'A parameter is of type "unknown".',
    help: 'Give it a type: servers always drop parameters of type "unknown".',
    schema({ schema, path, as }, tell) {
      if (as === 'parameter' && schema.type === 'unknown') {
        tell([...path, 'type'], 'This parameter never arrives.')
      }
    },
    example: {
      type: 'query',
      description: 'Reads it.',
      parameters: { type: 'params', properties: { filter: { type: 'unknown' } } },
      output: { encoding: 'image/png' },
      errors: [{ name: 'Gone', description: 'It is gone.' }],
    },
  },
  {
    name: 'message-no-union',
    finds: 'The message of a subscription is not a union.',
    help: 'Make it a union of references: only then can message types be added later.',
    schema({ schema, path }, tell) {
      const { schema: message } = (schema.message ?? {}) as { readonly schema?: Json }
      if (schema.type === 'subscription' && message && message.type !== 'union') {
        tell([...path, 'message', 'schema', 'type'], 'No message type can ever be added.')
      }
    },
    example: {
      type: 'subscription',
      description: 'Follows it.',
      message: { schema: { type: 'object', properties: { seq: { type: 'integer' } } } },
    },
  },
  {
    name: 'record-key',
    finds: 'A record has no "key", or one that is not valid.',
    help: 'Add "key": "tid" for many records, "literal:self" for one, "nsid" or "any".',
    schema({ schema, path }, tell) {
      if (schema.type !== 'record') return
      const { key } = schema
      if (key === undefined) tell([...path, 'type'], 'This record has no "key".')
      else if (!/^(tid|nsid|any|literal:.+)$/.test(String(key))) {
        tell([...path, 'key'], `There is no record key type ${JSON.stringify(key)}.`)
      }
    },
    example: { type: 'record', description: 'A thing.', record: { type: 'object' } },
  },
]

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}
