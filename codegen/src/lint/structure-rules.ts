import { nearest } from '../config/suggest.ts'
import { FIELDS } from '../parse/language.ts'
import type { Json, Rule } from './finding.ts'

/** Rules about the structure of objects, parameters and unions. */
export const STRUCTURE_RULES: readonly Rule[] = [
  {
    name: 'undeclared-name',
    finds: '"required" or "nullable" names a property that is not declared.',
    help: 'Declare the property, or correct the name: a required one that is missing is never validated.',
    schema({ schema, path }, tell) {
      const declared = (schema.properties ?? {}) as Json
      for (const list of ['required', 'nullable']) {
        const names = schema[list]
        if (!isMembers(schema.type) || !Array.isArray(names)) continue
        names.forEach((name: string, index) => {
          if (Object.hasOwn(declared, name)) return
          tell([...path, list, index], `There is no property ${JSON.stringify(name)}.`)
        })
      }
    },
    example: { type: 'object', required: ['nmae'], properties: { name: { type: 'integer' } } },
  },
  {
    name: 'misplaced-required',
    finds: '"required" or "nullable" is on the property itself, where it has no effect.',
    help: 'List the property in "required" or "nullable" of the enclosing object.',
    schema({ schema, path }, tell) {
      for (const field of ['required', 'nullable']) {
        if (typeof schema[field] === 'boolean') {
          tell([...path, field], `This "${field}" is ignored here.`)
        }
      }
    },
    example: { type: 'object', properties: { name: { type: 'integer', nullable: true } } },
  },
  {
    name: 'nullable-and-optional',
    finds: 'A property may be null and may be absent.',
    help: 'Require it, or remove it from "nullable": most languages cannot tell the two apart.',
    schema({ schema, path }, tell) {
      if (schema.type !== 'object' || !Array.isArray(schema.nullable)) return
      const required = Array.isArray(schema.required) ? schema.required : []
      const declared = (schema.properties ?? {}) as Json
      schema.nullable.forEach((name: string, index) => {
        if (required.includes(name) || !Object.hasOwn(declared, name)) return
        tell([...path, 'nullable', index], `${JSON.stringify(name)} may be both.`)
      })
    },
    example: { type: 'object', nullable: ['size'], properties: { size: { type: 'integer' } } },
  },
  {
    name: 'nullable-parameter',
    finds: '"nullable" is on parameters, which are never null.',
    help: 'Leave the parameter out of "required" instead.',
    schema({ schema, path }, tell) {
      if (schema.type === 'params' && Array.isArray(schema.nullable)) {
        tell([...path, 'nullable'], 'A parameter is never null.')
      }
    },
    example: {
      type: 'query',
      description: 'Reads it.',
      parameters: {
        type: 'params',
        nullable: ['name'],
        properties: { name: { type: 'integer' } },
      },
      output: { encoding: 'image/png' },
      errors: [{ name: 'Gone', description: 'It is gone.' }],
    },
  },
  {
    name: 'closed-union',
    finds: 'A union is closed.',
    help: 'Remove "closed": adding a member to a closed union breaks everyone with the old one.',
    schema({ schema, path }, tell) {
      if (schema.type === 'union' && schema.closed === true && hasItems(schema.refs)) {
        tell([...path, 'closed'], 'No member can ever be added to this union.')
      }
    },
    example: {
      type: 'object',
      properties: { embed: { type: 'union', closed: true, refs: ['#main'] } },
    },
  },
  {
    name: 'empty-union',
    finds: 'A union has no members.',
    help: 'List its members; a closed union without members accepts nothing.',
    schema({ schema, path }, tell) {
      if (schema.type === 'union' && !hasItems(schema.refs)) {
        tell([...path, 'refs'], 'This union has no members.')
      }
    },
    example: { type: 'object', properties: { embed: { type: 'union', refs: [] } } },
  },
  {
    name: 'reserved-property',
    finds: 'A property begins with "$".',
    help: 'Choose another name: the data model reserves these.',
    schema({ path, as, name }, tell) {
      if (as === 'property' && name.startsWith('$')) {
        tell(path, `${JSON.stringify(name)} is reserved.`)
      }
    },
    example: { type: 'object', properties: { $kind: { type: 'integer' } } },
  },
  {
    name: 'unknown-field',
    finds: 'A schema has an unknown field, which has no effect.',
    help: 'Correct the name, or remove it.',
    schema({ schema, path }, tell) {
      const known = Object.keys(FIELDS[schema.type] ?? {})
      for (const field of Object.keys(schema)) {
        if (field === 'type' || known.includes(field) || EXPLAINED.has(field)) continue
        const guess = nearest(field, known)
        const hint = guess === undefined ? '' : ` Did you mean "${guess}"?`
        tell([...path, field], `A ${schema.type} has no field "${field}".${hint}`)
      }
    },
    example: { type: 'object', properties: { name: { type: 'integer', maxmum: 64 } } },
  },
]

/** Fields reported by another rule. */
const EXPLAINED: ReadonlySet<string> = new Set(['required', 'nullable', 'default'])

function isMembers(type: string): boolean {
  return type === 'object' || type === 'params'
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}
