import type { MethodModel, Model, NamespaceModel } from '../ir/model.ts'
import type { ImportedSymbol } from './code.ts'
import { block, Code, code, docComment, lines, name } from './code.ts'
import type { Module } from './module.ts'
import { allNamespaces, MethodModules, namespaceClass } from './namespaces.ts'
import { output, platform, xrpc } from './runtime-symbols.ts'

/** `client.ts`: a typed client with the same tree of namespaces. */
export function emitClientModule(model: Model): Module {
  const modules = new MethodModules(model, false)
  const namespaces = allNamespaces(model.namespaces)
  return {
    path: 'client',
    about: 'all documents',
    declares: ['AtpBaseClient', ...namespaces.map(({ className }) => className)],
    statements: [
      clientClass(model.namespaces),
      ...namespaces.map((one) =>
        namespaceClass(one, {
          owner: { field: '_client', parameter: 'client', type: new Code([xrpc.XrpcClientType]) },
          extra: [],
          methods: calls(one, modules),
        }),
      ),
    ],
  }
}

//= export class AtpBaseClient extends XrpcClient {
//=   readonly com: ComNS
//=   constructor(options: FetchHandler | FetchHandlerOptions) { … }
//= }
function clientClass(namespaces: readonly NamespaceModel[]): Code {
  const init = code`constructor(options: ${xrpc.FetchHandler} | ${xrpc.FetchHandlerOptions}) ${block(
    [
      code`super(options, ${output.lexicons})`,
      ...namespaces.map(
        ({ property, className }) => code`this.${name(property)} = new ${name(className)}(this)`,
      ),
    ],
  )}`
  const members = [
    ...namespaces.map(
      ({ property, className }) => code`readonly ${name(property)}: ${name(className)}`,
    ),
    code``,
    init,
  ]
  return lines(
    docComment(
      'A client for every query and procedure, over `fetch`. Declared errors are thrown as their classes.',
    ),
    code`export class AtpBaseClient extends ${xrpc.XrpcClient} ${block(members)}`,
  )
}

//= doIt(data: ComExampleDoIt.CallInput, opts?: ComExampleDoIt.CallOptions): Promise<ComExampleDoIt.Response> {
//=   return this._client
//=     .call('com.example.doIt', opts?.qp, data, opts)
//=     .catch((e: unknown) => {
//=       throw ComExampleDoIt.toKnownErr(e)
//=     })
//= }
function calls(one: NamespaceModel, modules: MethodModules): Code[] {
  return one.methods.flatMap(({ nsid, property }) => {
    const { method } = modules.document(nsid)
    if (!method || method.kind === 'subscription') return []
    const module = modules.module(nsid)
    const [parameter, argumentsOfCall] = argument(method, module)
    return [
      lines(
        docComment(method.description),
        code`${name(property)}(
  ${parameter},
  opts?: ${module}.CallOptions,
): ${platform.Promise}<${module}.Response> {
  return this._client
    .call(${nsid}, ${argumentsOfCall}, opts)
    .catch((e: unknown) => {
      throw ${module}.toKnownErr(e)
    })
}`,
      ),
    ]
  })
}

function argument(method: MethodModel, module: ImportedSymbol): [parameter: Code, ofCall: Code] {
  if (method.kind === 'query') {
    const optional = (method.parameters ?? []).every((parameter) => !parameter.required)
    return [
      code`params${optional ? code`?` : code``}: ${module}.CallParams`,
      code`params, undefined`,
    ]
  }
  const optional = method.input === undefined
  return [code`data${optional ? code`?` : code``}: ${module}.CallInput`, code`opts?.qp, data`]
}
