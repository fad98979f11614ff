import { compare as byCodeUnit } from '../parse/parse.ts'
import type { Definition, LexiconDocument } from '../parse/schema.ts'
import { type Change, Scope } from './change.ts'
import { compareMethod, isMethod } from './methods.ts'
import type { ChangeName, Direction } from './rules.ts'
import { SchemaComparer } from './schemas.ts'
import { Usage } from './usage.ts'

/** Compares two sets of documents. Ignores descriptions, which have no effect. */
export function diff(
  before: readonly LexiconDocument[],
  after: readonly LexiconDocument[],
): Change[] {
  const old = new Map(before.map((document) => [document.id, document]))
  const fresh = new Map(after.map((document) => [document.id, document]))
  const usage = new Usage(old, fresh)
  const schemas = new SchemaComparer(old, fresh)
  const changes: Change[] = []

  for (const id of [...new Set([...old.keys(), ...fresh.keys()])].sort(byCodeUnit)) {
    const [was, is] = [old.get(id), fresh.get(id)]
    const names = new Set([...Object.keys(was?.defs ?? {}), ...Object.keys(is?.defs ?? {})])
    if (!was) {
      const all = new Scope({ nsid: id, path: ['id'], directions: new Set() }, changes)
      all.tell('document-added', `${id} is new`)
      continue
    }
    for (const name of names) {
      const [one, two] = [was.defs[name], is?.defs[name]]
      const directions = directionsOf(one ?? two, usage.of({ nsid: id, name }))
      const scope = new Scope({ nsid: id, path: ['defs', name], directions }, changes)
      compareDefinitions({ name, was: one, is: two, nsid: id }, scope, schemas)
    }
  }
  return changes
}

function compareDefinitions(
  pair: {
    readonly nsid: string
    readonly name: string
    readonly was: Definition | undefined
    readonly is: Definition | undefined
  },
  scope: Scope,
  schemas: SchemaComparer,
): void {
  const { nsid, name, was, is } = pair
  const label = name === 'main' ? nsid : `${nsid}#${name}`
  if (!was) scope.tell('definition-added', `${label} is new`)
  else if (!is) scope.tell(removal(was), `${label} is gone`)
  else if (isMethod(was) && isMethod(is) && was.type === is.type) {
    compareMethod(was, is, { nsid, scope, schemas })
  } else if (was.type === 'record' && is.type === 'record') {
    const [from, to] = [was.key ?? 'any', is.key ?? 'any']
    if (from !== to) scope.at('key').tell('record-key-changed', `the key is ${to}, was ${from}`)
    schemas.compare(was.record, is.record, { nsid, scope: scope.at('record') })
  } else if (was.type === 'permission-set' && is.type === 'permission-set') {
    const left = new Set(is.permissions.map((permission) => JSON.stringify(permission)))
    const lost = was.permissions.filter((permission) => !left.has(JSON.stringify(permission)))
    if (lost.length > 0) scope.tell('permission-removed', `${JSON.stringify(lost)} is gone`)
  } else if (isStructural(was) || isStructural(is)) {
    if (was.type !== is.type)
      scope.tell('kind-changed', `${label} is a ${is.type}, was a ${was.type}`)
  } else schemas.compare(was, is, { nsid, scope })
}

/** Kinds that are not values, so that one cannot replace another. */
function isStructural(
  definition: Definition,
): definition is Extract<
  Definition,
  { type: 'query' | 'procedure' | 'subscription' | 'record' | 'permission-set' | 'token' }
> {
  return isMethod(definition) || STRUCTURAL.has(definition.type)
}
const STRUCTURAL: ReadonlySet<string> = new Set(['record', 'permission-set', 'token'])

function removal({ type }: Definition): ChangeName {
  if (type === 'record') return 'record-removed'
  return ['query', 'procedure', 'subscription'].includes(type)
    ? 'method-removed'
    : 'definition-removed'
}

function directionsOf(
  definition: Definition | undefined,
  used: ReadonlySet<Direction>,
): ReadonlySet<Direction> {
  if (definition?.type === 'record') return new Set<Direction>(['record'])
  if (definition?.type === 'permission-set') return new Set<Direction>(['input'])
  if (definition && isMethod(definition)) return new Set<Direction>(['input'])
  return used
}
