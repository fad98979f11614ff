import type { DocumentModel, NamespaceMember, NamespaceModel } from './model.ts'
import { camelCase, NameScope, titleCase } from './names.ts'

interface Branch {
  readonly path: string
  readonly children: Map<string, Branch>
  readonly methods: Member[]
  readonly records: Member[]
}

interface Member {
  readonly nsid: string
  readonly name: string
}

/**
 * Members of the generated `Server` and `AtpBaseClient` that a top-level namespace must not shadow.
 */
const OWN_MEMBERS = [
  'constructor',
  ...['xrpc', 'method', 'streamMethod', 'listen', 'listener'],
  ...['createListener', 'createHttpServer', 'createFetchHandler'],
  ...['lex', 'call', 'headers', 'setHeader', 'unsetHeader', 'clearHeaders', 'fetchHandler'],
]

/**
 * Arranges documents with a main definition in the tree of their NSIDs. A name that is both a method and a namespace
 * (`com.example.a` and `com.example.a.b`) remains the method; the namespace becomes `a2`. Records are renamed in favour
 * of both.
 */
export function namespaceTree(
  documents: readonly DocumentModel[],
  classNames: NameScope,
): NamespaceModel[] {
  const root: Branch = { path: '', children: new Map(), methods: [], records: [] }
  for (const document of documents) {
    if (document.source.defs.main === undefined) continue
    const segments = document.nsid.split('.')
    const name = segments.pop() ?? ''
    const branch = segments.reduce(grow, root)
    const member = { nsid: document.nsid, name }
    if (document.method) branch.methods.push(member)
    else if (document.source.defs.main.type === 'record') branch.records.push(member)
  }
  return freeze(root, new NameScope(OWN_MEMBERS), classNames).children as NamespaceModel[]
}

function grow(parent: Branch, segment: string): Branch {
  const existing = parent.children.get(segment)
  if (existing) return existing
  const path = parent.path === '' ? segment : `${parent.path}.${segment}`
  const branch: Branch = { path, children: new Map(), methods: [], records: [] }
  parent.children.set(segment, branch)
  return branch
}

function freeze(
  branch: Branch,
  properties: NameScope,
  classNames: NameScope,
): Pick<NamespaceModel, 'children' | 'methods' | 'records'> {
  const membersOf = (all: readonly Member[]): NamespaceMember[] =>
    all.map(({ nsid, name }) => ({ nsid, property: properties.take(camelCase(name)) }))
  const methods = membersOf(branch.methods)
  const children = [...branch.children].map(([segment, child]): NamespaceModel => {
    const title = titleCase(child.path)
    const className = classNames.takeWith(
      (suffix) => `${title}${suffix}NS`,
      (suffix) => `${title}${suffix}Handlers`,
    )
    const property = properties.take(camelCase(segment))
    const handlersName = className.replace(/NS$/, 'Handlers')
    const members = freeze(child, new NameScope(['constructor']), classNames)
    return { path: child.path, property, className, handlersName, ...members }
  })
  // Last: servers have no records, and namespaces have the same names in servers and clients.
  return { children, methods, records: membersOf(branch.records) }
}
