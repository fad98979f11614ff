import { StructureKind } from 'ts-morph'
import type { Model, NamespaceModel } from '../ir/model.ts'
import { screamingSnakeCase, titleCase } from '../ir/names.ts'
import { block, code, docs, key, name } from './code.ts'
import { interfaceOf, optional, type Property, property } from './declarations.ts'
import type { Module } from './module.ts'
import {
  allNamespaces,
  childFields,
  childInstances,
  type Field,
  type Method,
  MethodModules,
  namespaceClass,
  perNamespace,
} from './namespaces.ts'
import { output, runtime, xrpcServer } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'

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
      { kind: StructureKind.ExportDeclaration, namedExports: [code`${runtime.implement}`] },
      ...tokens.map(({ statement }) => statement),
      CREATE_SERVER,
      serverClass(model.namespaces),
      handlers('Handlers', 'Every method of every namespace.', model.namespaces, []),
      ...namespaceStatements(namespaces, modules),
    ],
  }
}

const namespaceStatements = perNamespace((one, modules) => [
  namespaceClass(one, {
    owner: { field: '_server', parameter: 'server', type: code`Server` },
    extra: [handlersField(one.handlersName)],
    methods: registrations(one, modules),
  }),
  handlers(
    one.handlersName,
    `Every method below \`${one.path}\`: \`implement(server.${one.path}, handlers)\` requires all of them.`,
    one.children,
    one.methods.map(({ nsid, property: called }) => {
      const module = modules.module(nsid)
      return {
        ...property(key(called), code`${module}.Handler | ${module}.Config<any>`),
        docs: docs(modules.document(nsid).method?.description),
      }
    }),
  ),
])

const CREATE_SERVER: Statement = {
  kind: StructureKind.Function,
  isExported: true,
  docs: docs('Creates a server with every document; register handlers on its namespaces.'),
  name: code`createServer`,
  parameters: [optional('options', code`${xrpcServer.Options}`)],
  returnType: code`Server`,
  statements: [code`return new Server(options);`],
}

//= export class Server extends XrpcService {
//=   declare readonly _handlers: Handlers;
//=   readonly com: ComNS;
//=
//=   constructor(options?: XrpcOptions | XrpcServer) {
//=     super(lexicons, options);
//=     this.com = new ComNS(this);
//=   }
//= }
function serverClass(namespaces: readonly NamespaceModel[]): Statement {
  return {
    kind: StructureKind.Class,
    isExported: true,
    docs: docs(
      'The methods of every document on one server. Given options it creates an `@atproto/xrpc-server`; given a `Server` of that package it adds the documents and methods to it.',
    ),
    name: code`Server`,
    extends: code`${runtime.XrpcService}`,
    properties: [handlersField('Handlers'), ...childFields(namespaces)],
    ctors: [
      {
        parameters: [optional('options', code`${xrpcServer.Options} | ${xrpcServer.Server}`)],
        statements: [
          code`super(${output.lexicons}, options);`,
          ...childInstances(namespaces, code`this`),
        ],
      },
    ],
  }
}

/** `//= declare readonly _handlers: ComExampleHandlers;` */
function handlersField(type: string): Field {
  return { hasDeclareKeyword: true, isReadonly: true, name: code`_handlers`, type: name(type) }
}

//= export interface ComExampleHandlers {
//=   doIt: ComExampleDoIt.Handler | ComExampleDoIt.Config<any>;
//= }
function handlers(
  typeName: string,
  about: string,
  children: readonly NamespaceModel[],
  methods: readonly Property[],
): Statement {
  const nested = children
    .filter((child) => hasMethods(child))
    .map((child) => property(key(child.property), name(child.handlersName)))
  return interfaceOf(typeName, [...methods, ...nested], about)
}

function hasMethods(one: NamespaceModel): boolean {
  return one.methods.length > 0 || one.children.some(hasMethods)
}

//= doIt<A extends Auth = void>(cfg: ComExampleDoIt.Handler<A> | ComExampleDoIt.Config<A>): void {
//=   this._server.method('com.example.doIt', cfg);
//= }
function registrations(one: NamespaceModel, modules: MethodModules): Method[] {
  return one.methods.map(({ nsid, property: called }) => {
    const { method } = modules.document(nsid)
    const module = modules.module(nsid)
    const register = method?.kind === 'subscription' ? code`streamMethod` : code`method`
    return {
      docs: docs(method?.description),
      name: name(called),
      typeParameters: [code`A extends ${xrpcServer.Auth} = void`],
      parameters: [property('cfg', code`${module}.Handler<A> | ${module}.Config<A>`)],
      returnType: code`void`,
      statements: [code`this._server.${register}(${nsid}, cfg);`],
    }
  })
}

//= export const COM_EXAMPLE = {
//=   DefsExplicit: 'com.example.defs#explicit',
//= } as const;
function tokenConstants(model: Model): { constant: string; statement: Statement }[] {
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
      statement: code`export const ${name(constant)} = ${block(entries)} as const;`,
    }
  })
}
