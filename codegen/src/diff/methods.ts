import type {
  Body,
  Definition,
  ProcedureDefinition,
  QueryDefinition,
  SubscriptionDefinition,
} from '../parse/schema.ts'
import type { Scope } from './change.ts'
import { covers } from './media-types.ts'
import type { SchemaComparer } from './schemas.ts'

type Method = QueryDefinition | ProcedureDefinition | SubscriptionDefinition

interface Context {
  readonly nsid: string
  readonly scope: Scope
  readonly schemas: SchemaComparer
}

export function isMethod(definition: Definition): definition is Method {
  return ['query', 'procedure', 'subscription'].includes(definition.type)
}

/** Compares two methods of the same kind. */
export function compareMethod(was: Method, is: Method, { nsid, scope, schemas }: Context): void {
  const input = scope.flowing('input')
  const output = scope.flowing('output')
  schemas.members(was.parameters ?? {}, is.parameters ?? {}, {
    nsid,
    scope: input.at('parameters'),
    parameters: true,
  })
  body(bodyOf(was, 'input'), bodyOf(is, 'input'), { nsid, scope: input.at('input'), schemas })
  body(bodyOf(was, 'output'), bodyOf(is, 'output'), { nsid, scope: output.at('output'), schemas })
  body(bodyOf(was, 'message'), bodyOf(is, 'message'), {
    nsid,
    scope: output.at('message'),
    schemas,
  })
  errors(was, is, output.at('errors'))
}

function bodyOf(method: Method, side: 'input' | 'output' | 'message'): Partial<Body> | undefined {
  return (method as { readonly [name in typeof side]?: Partial<Body> })[side]
}

function body(
  was: Partial<Body> | undefined,
  is: Partial<Body> | undefined,
  { nsid, scope, schemas }: Context,
): void {
  const side = String(scope.path.at(-1))
  if (!was || !is) {
    const article = side === 'message' ? 'a' : 'an'
    if (is) scope.tell('body-added', `there is ${article} ${side} now`)
    else if (was) scope.tell('body-removed', `there is no ${side} any more`)
    return
  }
  const [before, after] = [mediaTypes(was), mediaTypes(is)]
  const at = scope.at('encoding')
  const lost = before.filter((type) => !covers(after, type))
  const gained = after.filter((type) => !covers(before, type))
  if (lost.length > 0) at.tell('encoding-removed', `${lost.join(', ')} is no longer allowed`)
  if (gained.length > 0) at.tell('encoding-added', `${gained.join(', ')} is allowed now`)
  if (was.schema && is.schema) {
    schemas.compare(was.schema, is.schema, { nsid, scope: scope.at('schema') })
  } else if (is.schema) scope.tell('body-schema-added', `the ${side} has a schema now`)
  else if (was.schema) scope.tell('body-schema-removed', `the ${side} has no schema any more`)
}

function errors(was: Method, is: Method, scope: Scope): void {
  const names = (method: Method): string[] => (method.errors ?? []).map(({ name }) => name)
  for (const name of names(was).filter((one) => !names(is).includes(one))) {
    scope.tell('error-removed', `${name} is no longer declared`)
  }
  for (const name of names(is).filter((one) => !names(was).includes(one))) {
    scope.tell('error-added', `${name} is new`)
  }
}

function mediaTypes({ encoding = '' }: Partial<Body>): string[] {
  return encoding
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '')
}
