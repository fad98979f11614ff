import { StructureKind } from 'ts-morph'
import type { Model, NamespaceModel } from '../ir/model.ts'
import { callTypes } from './client-call.ts'
import { recordFields, recordInstances } from './client-records.ts'
import { code, docs, name } from './code.ts'
import { optional, property } from './declarations.ts'
import type { Module } from './module.ts'
import {
  allNamespaces,
  childFields,
  childInstances,
  type Method,
  MethodModules,
  namespaceClass,
  perNamespace,
} from './namespaces.ts'
import { output, platform, runtime, xrpc } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'

/** `client.ts`: a typed client with the same tree of namespaces. */
export function emitClientModule(model: Model): Module {
  const modules = new MethodModules(model, false)
  const namespaces = allNamespaces(model.namespaces)
  return {
    path: 'client',
    about: 'all documents',
    declares: ['AtpBaseClient', ...namespaces.map(({ className }) => className)],
    statements: [clientClass(model.namespaces), ...namespaceStatements(namespaces, modules)],
  }
}

const namespaceStatements = perNamespace((one, modules) => [
  namespaceClass(one, {
    owner: { field: '_client', parameter: 'client', type: code`${xrpc.XrpcClientType}` },
    extra: recordFields(one, modules),
    instances: recordInstances(one, modules, code`client`),
    methods: calls(one, modules),
  }),
])

//= export class AtpBaseClient extends XrpcClient {
//=   readonly com: ComNS;
//=   constructor(options: FetchHandler | FetchHandlerOptions) { … }
//= }
function clientClass(namespaces: readonly NamespaceModel[]): Statement {
  return {
    kind: StructureKind.Class,
    isExported: true,
    docs: docs(
      'A client for every query and procedure, over `fetch`. Declared errors are thrown as their classes.',
    ),
    name: code`AtpBaseClient`,
    extends: code`${xrpc.XrpcClient}`,
    properties: childFields(namespaces),
    ctors: [
      {
        parameters: [property('options', code`${xrpc.FetchHandler} | ${xrpc.FetchHandlerOptions}`)],
        statements: [
          code`super(options, ${output.lexicons});`,
          ...childInstances(namespaces, code`this`),
        ],
      },
    ],
  }
}

//= doIt(data: ComExampleDoIt.CallInput, opts?: ComExampleDoIt.CallOptions): Promise<ComExampleDoIt.Response> {
//=   return withKnownErrors(this._client.call('com.example.doIt', opts?.qp, data, opts), ComExampleDoIt.toKnownErr);
//= }
function calls(one: NamespaceModel, modules: MethodModules): Method[] {
  return one.methods.flatMap(({ nsid, property: called }) => {
    const { method } = modules.document(nsid)
    if (!method || method.kind === 'subscription') return []
    const module = modules.module(nsid)
    const isQuery = method.kind === 'query'
    const mayBeLeftOut = isQuery
      ? (method.parameters ?? []).every((parameter) => !parameter.required)
      : method.input === undefined
    const written = mayBeLeftOut ? optional : property
    const types = callTypes(method)
    const passed = isQuery ? code`params, undefined` : code`${types.qp}, data`
    return [
      {
        docs: docs(method.description),
        name: name(called),
        parameters: [
          isQuery
            ? written('params', code`${module}.${types.params}`)
            : written('data', code`${module}.${types.data}`),
          optional('opts', code`${module}.CallOptions`),
        ],
        returnType: code`${platform.Promise}<${module}.Response>`,
        statements: [
          code`return ${runtime.withKnownErrors}(this._client.call(${nsid}, ${passed}, opts), ${module}.toKnownErr);`,
        ],
      },
    ]
  })
}
