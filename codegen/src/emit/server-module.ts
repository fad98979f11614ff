import type { Model, NamespaceModel } from '../ir/model.ts'
import { screamingSnakeCase, titleCase } from '../ir/names.ts'
import { block, type Code, code, docComment, key, lines, name } from './code.ts'
import type { Module } from './module.ts'
import { allNamespaces, MethodModules, namespaceClass } from './namespaces.ts'
import { output, runtime, xrpcServer } from './runtime-symbols.ts'

/** `index.ts`: `createServer`, the tree of namespaces to register handlers on, and handler interfaces. */
export function emitServerModule(model: Model): Module {
  const modules = new MethodModules(model, true)
  const namespaces = allNamespaces(model.namespaces)
  const tokens = tokenConstants(model)
  return {
    path: 'index',
    about: 'all documents',
    declares: [
      'createServer',
      'Server',
      'Handlers',
      ...tokens.map(({ constant }) => constant),
      ...namespaces.flatMap(({ className, handlersName }) => [className, handlersName]),
    ],
    statements: [
      code`export { ${runtime.implement} }`,
      ...tokens.map(({ statement }) => statement),
      CREATE_SERVER,
      serverClass(model.namespaces),
      handlers('Handlers', 'Every method of every namespace.', model.namespaces, []),
      ...namespaces.flatMap((one) => [
        namespaceClass(one, {
          owner: { field: '_server', parameter: 'server', type: code`Server` },
          extra: [code`declare readonly _handlers: ${name(one.handlersName)}`],
          methods: registrations(one, modules),
        }),
        handlers(
          one.handlersName,
          `Every method below \`${one.path}\`: \`implement(server.${one.path}, handlers)\` takes no less.`,
          one.children,
          one.methods.map(({ nsid, property }) => {
            const module = modules.module(nsid)
            const description = modules.document(nsid).method?.description
            return lines(
              docComment(description),
              code`${key(property)}: ${module}.Handler | ${module}.Config<any>`,
            )
          }),
        ),
      ]),
    ],
  }
}

const CREATE_SERVER = lines(
  docComment('A server that knows every document; register handlers on its namespaces.'),
  code`export function createServer(options?: ${xrpcServer.Options}): Server {
  return new Server(options)
}`,
)

//= export class Server extends XrpcService {
//=   readonly com: ComNS
//=   constructor(options?: XrpcOptions) {
//=     super(lexicons, options)
//=     this.com = new ComNS(this)
//=   }
//= }
function serverClass(namespaces: readonly NamespaceModel[]): Code {
  const init = code`constructor(options?: ${xrpcServer.Options} | ${xrpcServer.Server}) ${block([
    code`super(${output.lexicons}, options)`,
    ...namespaces.map(
      ({ property, className }) => code`this.${name(property)} = new ${name(className)}(this)`,
    ),
  ])}`
  const members = [
    code`declare readonly _handlers: Handlers`,
    ...namespaces.map(
      ({ property, className }) => code`readonly ${name(property)}: ${name(className)}`,
    ),
    code``,
    init,
  ]
  return lines(
    docComment(
      'The methods of every document on one server. Given options it makes its own `@atproto/xrpc-server`; given a `Server` of that package it adds its documents and methods to it.',
    ),
    code`export class Server extends ${runtime.XrpcService} ${block(members)}`,
  )
}

//= export interface ComExampleHandlers {
//=   doIt: ComExampleDoIt.Handler | ComExampleDoIt.Config<any>
//= }
function handlers(
  typeName: string,
  about: string,
  children: readonly NamespaceModel[],
  methods: readonly Code[],
): Code {
  const nested = children
    .filter((child) => hasMethods(child))
    .map((child) => code`${key(child.property)}: ${name(child.handlersName)}`)
  return lines(
    docComment(about),
    code`export interface ${name(typeName)} ${block([...methods, ...nested])}`,
  )
}

function hasMethods(one: NamespaceModel): boolean {
  return one.methods.length > 0 || one.children.some(hasMethods)
}

//= doIt<A extends Auth = void>(cfg: MethodConfigOrHandler<A, ComExampleDoIt.QueryParams, …>): void {
//=   this._server.method('com.example.doIt', cfg)
//= }
function registrations(one: NamespaceModel, modules: MethodModules): Code[] {
  return one.methods.map(({ nsid, property }) => {
    const { method } = modules.document(nsid)
    const module = modules.module(nsid)
    const { Auth, MethodConfigOrHandler, StreamConfigOrHandler } = xrpcServer
    const stream = method?.kind === 'subscription'
    const config = stream
      ? code`${StreamConfigOrHandler}<A, ${module}.QueryParams, ${module}.HandlerOutput>`
      : code`${MethodConfigOrHandler}<
    A,
    ${module}.QueryParams,
    ${module}.HandlerInput,
    ${module}.HandlerOutput
  >`
    return lines(
      docComment(method?.description),
      code`${name(property)}<A extends ${Auth} = void>(
  cfg: ${config},
): void {
  this._server.${name(stream ? 'streamMethod' : 'method')}(${nsid}, cfg)
}`,
    )
  })
}

//= export const COM_EXAMPLE = {
//=   DefsExplicit: 'com.example.defs#explicit',
//= } as const
function tokenConstants(model: Model): { constant: string; statement: Code }[] {
  const byAuthority = new Map<string, Map<string, string>>()
  for (const { nsid, definitions } of model.documents) {
    const authority = nsid.slice(0, nsid.lastIndexOf('.'))
    for (const { kind, name: hash } of definitions) {
      if (kind !== 'token') continue
      const token = nsid.slice(authority.length + 1) + (hash === 'main' ? '' : `#${hash}`)
      const tokens = byAuthority.get(authority) ?? new Map<string, string>()
      byAuthority.set(authority, tokens.set(titleCase(token), `${authority}.${token}`))
    }
  }
  return [...byAuthority].map(([authority, tokens]) => {
    const constant = screamingSnakeCase(authority)
    const entries = [...tokens].map(([property, value]) => code`${key(property)}: ${value},`)
    return {
      constant,
      statement: code`export const ${name(constant)} = ${block(entries)} as const`,
    }
  })
}
