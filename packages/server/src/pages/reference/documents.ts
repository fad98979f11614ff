/** A lexicon document, as loosely as a page needs it: `schemas` of generated code is a list of them. */
export interface LexiconDocument {
  readonly id: string
  readonly description?: string | undefined
  readonly defs: { readonly [name: string]: unknown }
}

/** A schema of the Lexicon language (https://atproto.com/specs/lexicon), with the fields of all its types. */
export interface Schema {
  readonly type: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly nullable?: readonly string[]
  readonly items?: Schema
  readonly ref?: string
  readonly refs?: readonly string[]
  readonly closed?: boolean
  readonly format?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly knownValues?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minGraphemes?: number
  readonly maxGraphemes?: number
  readonly accept?: readonly string[]
  readonly maxSize?: number
  /** Of a record. */
  readonly record?: Schema
}

export interface Body {
  readonly encoding: string
  readonly description?: string
  readonly schema?: Schema
}

export interface Method {
  readonly nsid: string
  readonly type: 'query' | 'procedure' | 'subscription'
  readonly description?: string
  readonly parameters?: Schema
  readonly input?: Body
  readonly output?: Body
  /** Of a subscription. */
  readonly message?: { readonly description?: string; readonly schema?: Schema }
  readonly errors?: readonly { readonly name: string; readonly description?: string }[]
}

export interface Namespace {
  readonly name: string
  readonly methods: readonly Method[]
}

/** A schema and the document it stands in, which its references are relative to. */
export interface Placed {
  readonly schema: Schema
  readonly nsid: string
}

/** A definition under its full name, `nsid` or `nsid#name`. */
export interface Definition extends Placed {
  readonly uri: string
}

const METHODS: ReadonlySet<string> = new Set(['query', 'procedure', 'subscription'])

/** A set of documents that can be asked. */
export class Documents {
  readonly #documents: ReadonlyMap<string, LexiconDocument>

  constructor(documents: Iterable<LexiconDocument>) {
    this.#documents = new Map([...documents].map((document) => [document.id, document]))
  }

  /** The methods by the namespace they are in, both in the order of their names. */
  namespaces(): readonly Namespace[] {
    const methods = [...this.#documents.values()].flatMap(methodOf).sort(byNsid)
    const groups = Map.groupBy(methods, ({ nsid }) => nsid.slice(0, nsid.lastIndexOf('.')))
    return [...groups].map(([name, members]) => ({ name, methods: members }))
  }

  /** Where a reference leads; undefined when nowhere. */
  find(ref: string, from: string): Definition | undefined {
    const uri = uriOf(ref, from)
    const [nsid = '', name = 'main'] = uri.split('#')
    const defs = this.#documents.get(nsid)?.defs
    if (defs === undefined || !Object.hasOwn(defs, name)) return undefined
    return { schema: defs[name] as Schema, nsid, uri }
  }

  /** The definitions that schemas lead to, directly or through others, in the order of their names. */
  reachableFrom(roots: readonly Placed[]): readonly Definition[] {
    const found = new Map<string, Definition>()
    const queue = [...roots]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const ref of refsOf(next.schema)) {
        const definition = this.find(ref, next.nsid)
        if (definition === undefined || found.has(definition.uri)) continue
        found.set(definition.uri, definition)
        queue.push(definition)
      }
    }
    return [...found.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1))
  }
}

/** The full name a reference stands for, in its usual spelling. */
export function uriOf(ref: string, from: string): string {
  const [nsid = '', name = 'main'] = ref.replace(/^lex:/, '').split('#')
  const home = nsid === '' ? from : nsid
  return name === 'main' ? home : `${home}#${name}`
}

/** The schemas of a method. */
export function schemasOf({ nsid, parameters, input, output, message }: Method): readonly Placed[] {
  return [parameters, input?.schema, output?.schema, message?.schema].flatMap((schema) =>
    schema === undefined ? [] : [{ schema, nsid }],
  )
}

function methodOf({ id: nsid, defs, description }: LexiconDocument): Method[] {
  const main = Object.hasOwn(defs, 'main') ? (defs.main as Method) : undefined
  if (main === undefined || !METHODS.has(main.type)) return []
  return [{ ...(description !== undefined && { description }), ...main, nsid }]
}

function byNsid(a: Method, b: Method): number {
  return a.nsid < b.nsid ? -1 : 1
}

/** Every reference in a schema. */
function refsOf(schema: Schema): readonly string[] {
  const { ref, refs = [], items, record, properties = {} } = schema
  const own =
    schema.type === 'union' ? refs : schema.type === 'ref' && ref !== undefined ? [ref] : []
  const inner = [items, record, ...Object.values(properties)]
  return [...own, ...inner.flatMap((each) => (each === undefined ? [] : refsOf(each)))]
}
