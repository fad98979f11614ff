import type { LexiconDocument, ObjectSchema, ParamsSchema, Schema } from '../../parse/schema.ts'
import type { Entrance } from './compare.ts'
import type { ValidatorKind } from './compile.ts'

/** An entry point with the schema of its input. */
export interface SchemaEntrance extends Entrance {
  readonly nsid: string
  readonly schema: Schema | ParamsSchema | ObjectSchema
  /** The generated function that is tried first, and its URI. */
  readonly asks: { readonly table: ValidatorKind; readonly uri: string }
  /** True if values must name the record in `$type`. */
  readonly isRecord: boolean
}

/** Every entry point for which there is a generated function. */
export function entrancesOf(documents: readonly LexiconDocument[]): SchemaEntrance[] {
  return documents.flatMap((document) => [
    ...definitionEntrances(document),
    ...methodEntrances(document),
  ])
}

function definitionEntrances({ id: nsid, defs }: LexiconDocument): SchemaEntrance[] {
  return Object.entries(defs).flatMap(([name, definition]): SchemaEntrance[] => {
    if (definition.type !== 'object' && definition.type !== 'record') return []
    const uri = name === 'main' ? nsid : `${nsid}#${name}`
    const isRecord = definition.type === 'record'
    const schema = isRecord ? definition.record : definition
    const asks = { table: 'definitions', uri } as const
    const common = { nsid, schema, isRecord }
    return [
      { ...common, method: 'validate', uri, asks },
      ...(name === 'main'
        ? [{ ...common, method: 'validate', uri: `${nsid}#main`, asks } as const]
        : []),
      ...(isRecord
        ? [
            {
              ...common,
              method: 'assertValidRecord',
              uri,
              asks: { table: 'records', uri },
            } as const,
          ]
        : []),
    ]
  })
}

function methodEntrances({ id: nsid, defs }: LexiconDocument): SchemaEntrance[] {
  const main = Object.hasOwn(defs, 'main') ? defs.main : undefined
  if (!main) return []
  const found: SchemaEntrance[] = []
  const add = (
    method: Entrance['method'],
    table: ValidatorKind,
    schema: Schema | ParamsSchema | undefined,
  ): void => {
    if (schema)
      found.push({ method, uri: nsid, nsid, schema, isRecord: false, asks: { table, uri: nsid } })
  }
  if (main.type === 'query' || main.type === 'procedure' || main.type === 'subscription') {
    add('assertValidXrpcParams', 'params', main.parameters)
  }
  if (main.type === 'procedure') add('assertValidXrpcInput', 'input', main.input?.schema)
  if (main.type === 'query' || main.type === 'procedure') {
    add('assertValidXrpcOutput', 'output', main.output?.schema)
  }
  if (main.type === 'subscription') {
    add('assertValidXrpcMessage', 'message', main.message?.schema)
  }
  return found
}
