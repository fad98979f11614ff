import { namespaceOf } from '../docs/types.ts'
import type {
  Body,
  DeclaredErrorSchema,
  ParamsSchema,
  ProcedureDefinition,
  QueryDefinition,
  Schema,
  SubscriptionDefinition,
} from '../parse/schema.ts'
import { given, type Json, paragraphs } from './json.ts'
import type { SchemaWriter } from './json-schema.ts'
import { refTo } from './shared-components.ts'

/** Writes methods as operations. */
export class OperationWriter {
  readonly #schemas: SchemaWriter

  constructor(schemas: SchemaWriter) {
    this.#schemas = schemas
  }

  //= "/xrpc/com.example.get": { "get": { "operationId": "com.example.get", "parameters": […], "responses": {…} } }
  pathItem(
    method: QueryDefinition | ProcedureDefinition,
    { nsid, about }: { readonly nsid: string; readonly about: string | undefined },
  ): Json {
    const { parameters } = method
    const input = method.type === 'procedure' ? method.input : undefined
    const operation = {
      operationId: nsid,
      tags: [namespaceOf(nsid)],
      ...given({
        description: paragraphs(method.description, about, parameters?.description),
        parameters: parameters && this.#parameters(parameters, nsid),
        requestBody: input && {
          ...given({ description: input.description }),
          required: true,
          content: this.#content(input, nsid),
        },
      }),
      responses: {
        200: this.#success(method.output, nsid),
        400: failure(method.errors ?? []),
        default: { description: 'Any other error.', content: errorContent },
      },
    }
    return { [method.type === 'query' ? 'get' : 'post']: operation }
  }

  /** A subscription, which OpenAPI does not support, described like an operation. */
  subscription(
    { description, parameters, message, errors = [] }: SubscriptionDefinition,
    { nsid, about }: { readonly nsid: string; readonly about: string | undefined },
  ): Json {
    return given({
      path: `/xrpc/${nsid}`,
      description: paragraphs(description, about, parameters?.description, message?.description),
      parameters: parameters && this.#parameters(parameters, nsid),
      message: message?.schema && this.#schemas.of(message.schema, nsid),
      errors: errors.length > 0 ? errors : undefined,
    })
  }

  #parameters(params: ParamsSchema, nsid: string): Json[] {
    const required = new Set(params.required)
    return Object.entries(params.properties ?? {}).map(([name, property]) => {
      const { description, ...schema } = this.#schemas.of(property, nsid)
      const isRequired = required.has(name) && !this.#schemas.isFilledIn(property, nsid)
      return {
        name,
        in: 'query',
        ...given({ description, required: isRequired || undefined }),
        ...serialization(property),
        schema,
      }
    })
  }

  #success(output: Body | undefined, nsid: string): Json {
    if (output === undefined) return { description: 'Success; the body is empty.' }
    return {
      description: output.description ?? 'Success.',
      content: this.#content(output, nsid),
    }
  }

  #content({ encoding, schema }: Body, nsid: string): Json {
    const types = encoding.split(',').map((type) => type.trim())
    return Object.fromEntries(
      types
        .filter((type) => type !== '')
        .map((type) => [
          type,
          given({ schema: schema ? this.#schemas.of(schema, nsid) : anything(type) }),
        ]),
    )
  }
}

/** An array is sent as repeated parameters. */
function serialization({ type }: Schema): Json {
  return type === 'array' ? { style: 'form', explode: true } : {}
}

/**
 * Bodies without a schema: text is a string, JSON is anything, and bytes have no schema in OpenAPI 3.1.
 */
function anything(mediaType: string): Json | undefined {
  return mediaType.startsWith('text/') ? { type: 'string' } : undefined
}

const errorContent = { 'application/json': { schema: refTo('xrpc-error') } }

//= "examples": { "NotFound": { "description": "…", "value": { "error": "NotFound", "message": "…" } } }
function failure(errors: readonly DeclaredErrorSchema[]): Json {
  const byName = Map.groupBy(errors, ({ name }) => name)
  const declared = [...byName].map(([name, all]) => ({
    name,
    description: paragraphs(...all.map(({ description }) => description)),
  }))
  if (declared.length === 0) {
    return { description: 'The request is invalid.', content: errorContent }
  }
  const examples = declared.map(({ name, description }) => [
    name,
    {
      ...given({ description }),
      value: { error: name, message: description ?? name },
    },
  ])
  return {
    description: `The request is invalid, or one of: ${declared.map(({ name }) => name).join(', ')}.`,
    content: {
      'application/json': {
        schema: {
          allOf: [
            refTo('xrpc-error'),
            { properties: { error: { examples: declared.map(({ name }) => name) } } },
          ],
        },
        examples: Object.fromEntries(examples),
      },
    },
    'x-lexicon': { errors: declared.map((error) => given(error)) },
  }
}
