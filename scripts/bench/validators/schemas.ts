import * as syntax from '@atproto/syntax'
import { Ajv, type ValidateFunction } from 'ajv'
import { z } from 'zod'

/** Lexicons in terms of ajv and zod, as a careful user would write them by hand. */

// biome-ignore lint/suspicious/noExplicitAny: documents are read as plain JSON
type Json = any

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'at-identifier': syntax.isAtIdentifierString,
  'at-uri': (text) => syntax.isAtUriString(text),
  cid: (text) => /^[a-zA-Z0-9]{8,128}$/.test(text),
  datetime: syntax.isDatetimeStringLenient,
  did: syntax.isValidDid,
  handle: syntax.isValidHandle,
  language: syntax.isValidLanguage,
  nsid: syntax.isValidNsid,
  'record-key': syntax.isValidRecordKey,
  tid: syntax.isValidTid,
  uri: syntax.isValidUri,
}

function addressOf(ref: string, nsid: string): string {
  const bare = ref.replace(/^lex:/, '')
  const full = bare.startsWith('#') ? `${nsid}${bare}` : bare
  return full.includes('#') ? full : `${full}#main`
}

export class Schemas {
  readonly #definitions = new Map<string, { readonly nsid: string; readonly schema: Json }>()
  readonly #zod = new Map<string, z.ZodType>()
  readonly #ajv = new Ajv({ strict: false, formats: FORMATS })

  constructor(documents: readonly Json[]) {
    for (const { id, defs } of documents) {
      for (const [name, schema] of Object.entries<Json>(defs)) {
        this.#definitions.set(`${id}#${name}`, { nsid: id, schema: schema.record ?? schema })
      }
    }
  }

  ajv(schema: Json, nsid: string): ValidateFunction {
    const $defs: Record<string, Json> = {}
    const root = this.#jsonSchema(schema, nsid, $defs)
    return this.#ajv.compile({ ...root, $defs })
  }

  #jsonSchema(schema: Json, nsid: string, $defs: Record<string, Json>): Json {
    const refer = (ref: string): Json => {
      const address = addressOf(ref, nsid)
      const key = address.replace(/[^A-Za-z0-9]/g, '_')
      const found = this.#definitions.get(address)
      if (found && !(key in $defs)) {
        $defs[key] = {}
        $defs[key] = this.#jsonSchema(found.schema, found.nsid, $defs)
      }
      return { $ref: `#/$defs/${key}` }
    }
    const { minimum, maximum, minLength, maxLength, format } = schema
    switch (schema.type) {
      case 'boolean':
        return { type: 'boolean' }
      case 'integer':
        return { type: 'integer', ...defined({ minimum, maximum, enum: schema.enum }) }
      case 'string':
        return { type: 'string', ...defined({ minLength, maxLength, format, enum: schema.enum }) }
      case 'array':
        return {
          type: 'array',
          items: this.#jsonSchema(schema.items, nsid, $defs),
          ...defined({ minItems: minLength, maxItems: maxLength }),
        }
      case 'object':
        return {
          type: 'object',
          required: schema.required ?? [],
          properties: Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([name, property]) => [
              name,
              this.#jsonSchema(property, nsid, $defs),
            ]),
          ),
        }
      case 'ref':
        return refer(schema.ref)
      case 'union':
        return {
          type: 'object',
          required: ['$type'],
          allOf: schema.refs.map((ref: string) => ({
            if: { properties: { $type: { const: addressOf(ref, nsid).replace(/#main$/, '') } } },
            // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
            then: refer(ref),
          })),
        }
      default:
        return { type: 'object' }
    }
  }

  zod(schema: Json, nsid: string): z.ZodType {
    const { minimum, maximum, minLength, maxLength, format } = schema
    switch (schema.type) {
      case 'boolean':
        return z.boolean()
      case 'integer':
        return z
          .int()
          .min(minimum ?? Number.MIN_SAFE_INTEGER)
          .max(maximum ?? Number.MAX_SAFE_INTEGER)
      case 'string': {
        const text = z
          .string()
          .min(minLength ?? 0)
          .max(maxLength ?? Number.MAX_SAFE_INTEGER)
        const check = FORMATS[format]
        return check ? text.refine(check) : text
      }
      case 'array':
        return z
          .array(this.zod(schema.items, nsid))
          .min(minLength ?? 0)
          .max(maxLength ?? Number.MAX_SAFE_INTEGER)
      case 'object':
        return z.looseObject(
          Object.fromEntries(
            Object.entries<Json>(schema.properties ?? {}).map(([name, property]) => {
              const type = this.zod(property, nsid)
              return [name, schema.required?.includes(name) ? type : type.optional()]
            }),
          ),
        )
      case 'ref':
        return this.#zodAt(addressOf(schema.ref, nsid))
      case 'union': {
        const members = new Map<unknown, z.ZodType>(
          schema.refs.map((ref: string) => {
            const address = addressOf(ref, nsid)
            return [address.replace(/#main$/, ''), this.#zodAt(address)]
          }),
        )
        return z.looseObject({ $type: z.string() }).refine((value) => {
          return members.get(value.$type)?.safeParse(value).success ?? true
        })
      }
      default:
        return z.looseObject({})
    }
  }

  #zodAt(address: string): z.ZodType {
    return z.lazy(() => {
      let made = this.#zod.get(address)
      const found = this.#definitions.get(address)
      if (!made && found) {
        made = this.zod(found.schema, found.nsid)
        this.#zod.set(address, made)
      }
      return made ?? z.unknown()
    })
  }
}

function defined(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
