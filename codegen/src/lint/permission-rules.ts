import { isValidDid, isValidNsid } from '@atproto/syntax'
import type { Json, Path, Rule } from './finding.ts'

/** Rules about permission sets. Source: https://atproto.com/specs/permission */
export const PERMISSION_RULES: readonly Rule[] = [
  {
    name: 'permission-set',
    finds: 'A permission set has no title, grants nothing, or has an invalid language tag.',
    help: 'Give it a "title", a permission, and language tags such as "de" in "title:lang".',
    schema({ schema, path }, tell) {
      if (schema.type !== 'permission-set') return
      if (!schema.title) tell([...path, 'type'], 'This set has no title to show to users.')
      if (!hasItems(schema.permissions)) tell([...path, 'permissions'], 'This set grants nothing.')
      for (const field of ['title:lang', 'detail:lang']) {
        for (const tag of Object.keys((schema[field] ?? {}) as Json)) {
          if (!/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(tag)) {
            tell([...path, field, tag], `${JSON.stringify(tag)} is not a language tag.`)
          }
        }
      }
    },
    example: {
      type: 'permission-set',
      permissions: [{ type: 'permission', resource: 'repo', collection: ['com.example.post'] }],
    },
  },
  {
    name: 'invalid-permission',
    severity: 'error',
    finds: 'A permission is not allowed in a set, and servers refuse the set.',
    help: 'A set grants "repo" (collections, actions) and "rpc" (methods, and "aud" or "inheritAud"), by names of its own namespace.',
    document({ id, defs }, tell) {
      const { main } = defs
      if (main?.type !== 'permission-set') return
      const namespace = id.slice(0, id.lastIndexOf('.') + 1)
      for (const [index, permission] of main.permissions.entries()) {
        const path = ['defs', 'main', 'permissions', index]
        checkPermission(permission as Json, { namespace, path, tell })
      }
    },
    example: {
      type: 'permission-set',
      title: 'All of it',
      permissions: [{ type: 'permission', resource: 'repo', collection: ['*'] }],
    },
  },
]

interface Check {
  /** With a trailing dot. */
  readonly namespace: string
  readonly path: Path
  readonly tell: (path: Path, message: string) => void
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  repo: ['collection', 'action'],
  rpc: ['lxm', 'aud', 'inheritAud'],
}
const ACTIONS = ['create', 'update', 'delete']

function checkPermission(permission: Json, check: Check): void {
  const { path, tell } = check
  const { type, resource } = permission
  if (type !== 'permission') tell(path, 'A permission needs the type "permission".')
  const fields = FIELDS[String(resource)]
  if (!fields) {
    tell([...path, 'resource'], `A set cannot grant ${JSON.stringify(resource)}.`)
    return
  }
  for (const field of Object.keys(permission)) {
    if (['type', 'resource', 'description', ...fields].includes(field)) continue
    tell([...path, field], `A permission for "${resource}" has no field ${JSON.stringify(field)}.`)
  }
  if (resource === 'repo') {
    checkNames(permission, 'collection', check)
    checkActions(permission.action, check)
  } else {
    checkNames(permission, 'lxm', check)
    checkAudience(permission, check)
  }
}

function checkNames(permission: Json, field: string, { namespace, path, tell }: Check): void {
  const names = permission[field]
  if (!hasItems(names)) {
    tell(path, `A permission for "${permission.resource}" needs "${field}".`)
    return
  }
  names.forEach((name, index) => {
    const at = [...path, field, index]
    if (typeof name !== 'string' || name.includes('*')) tell(at, 'A set cannot use wildcards.')
    else if (!isValidNsid(name)) tell(at, `${JSON.stringify(name)} is not a valid NSID.`)
    else if (!name.startsWith(namespace)) {
      tell(at, `${name} is outside of ${namespace}*, the namespace of the set.`)
    }
  })
}

function checkActions(actions: unknown, { path, tell }: Check): void {
  if (actions === undefined) return
  if (!hasItems(actions)) tell([...path, 'action'], 'Leave "action" out, or name one.')
  else {
    actions.forEach((action, index) => {
      if (ACTIONS.includes(String(action))) return
      const known = ACTIONS.join(', ')
      tell([...path, 'action', index], `${JSON.stringify(action)} is not one of: ${known}.`)
    })
  }
}

function checkAudience({ aud, inheritAud }: Json, { path, tell }: Check): void {
  if ((aud === undefined) === (inheritAud !== true)) {
    tell(path, 'A permission for "rpc" needs either "aud" or "inheritAud".')
  }
  if (aud === undefined || aud === '*') return
  const [did = '', service = '', ...more] = String(aud).split('#')
  if (!isValidDid(did) || service === '' || more.length > 0) {
    tell([...path, 'aud'], 'An audience is a DID with a service, such as "did:web:a.example#api".')
  }
}

function hasItems(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}
