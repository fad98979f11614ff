import { StructureKind, VariableDeclarationKind } from 'ts-morph'
import type { MethodModel, PropertyModel } from '../ir/model.ts'
import { type Code, code, docs, join, key } from './code.ts'
import { optional, property, type Typed } from './declarations.ts'
import type { Declarations } from './module.ts'
import { platform, runtime, xrpc } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'
import type { ValidatorsModule } from './validators-module.ts'

/**
 * A function that calls the one method of a module and brings in nothing but what that call needs, for bundles
 * that count every byte.
 */
export function emitCall(
  method: MethodModel,
  nsid: string,
  validators: ValidatorsModule,
): Declarations {
  return method.kind === 'subscription'
    ? {
        declares: ['descriptor', 'subscribe'],
        statements: [subscriptionDescriptor(method, nsid, validators), subscribe(method)],
      }
    : {
        declares: ['descriptor', 'call'],
        statements: [methodDescriptor(method, nsid, validators), call(method)],
      }
}

//= const descriptor: MethodDescriptor = { nsid: 'com.example.get', type: 'query', parameters: { limit: 'integer' }, output: ComExampleGet$output };
function methodDescriptor(
  method: MethodModel,
  nsid: string,
  validators: ValidatorsModule,
): Statement {
  const output = validators.bodyOf('output', nsid)
  return descriptor(code`${runtime.MethodDescriptor}`, [
    code`nsid: ${nsid}`,
    code`type: ${method.kind}`,
    code`parameters: ${parameterTypes(method.parameters ?? [])}`,
    ...(output ? [code`output: ${output}`] : []),
  ])
}

function subscriptionDescriptor(
  method: MethodModel,
  nsid: string,
  validators: ValidatorsModule,
): Statement {
  const message = validators.bodyOf('message', nsid)
  return descriptor(code`${runtime.SubscriptionDescriptor}`, [
    code`nsid: ${nsid}`,
    code`parameters: ${parameterTypes(method.parameters ?? [])}`,
    ...(message ? [code`message: ${message}`] : []),
    code`toKnownErr`,
  ])
}

function descriptor(type: Code, members: readonly Code[]): Statement {
  return {
    kind: StructureKind.VariableStatement,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [{ name: code`descriptor`, type, initializer: oneLine(members) }],
  }
}

function parameterTypes(parameters: readonly PropertyModel[]): Code {
  return oneLine(
    parameters.map(({ name, type }) => {
      const written = type.type === 'array' ? code`[${type.items.type}]` : code`${type.type}`
      return code`${name === '__proto__' ? code`['__proto__']` : key(name)}: ${written}`
    }),
  )
}

function oneLine(members: readonly Code[]): Code {
  return members.length === 0 ? code`{}` : code`{ ${join(members, ', ')} }`
}

//= export async function call(client: XrpcClient, params?: CallParams, opts?: CallOptions): Promise<Response> {
//=   try {
//=     return (await callMethod(client, descriptor, params, undefined, opts)) as Response;
//=   } catch (e) {
//=     throw toKnownErr(e);
//=   }
//= }
function call(method: MethodModel): Statement {
  const isQuery = method.kind === 'query'
  const passed = isQuery ? code`params, undefined` : code`${callTypes(method).qp}, data`
  return {
    kind: StructureKind.Function,
    isExported: true,
    isAsync: true,
    docs: docs('Calls the method through any client, whatever documents that one knows.'),
    name: code`call`,
    parameters: [
      property('client', code`${xrpc.XrpcClientType}`),
      isQuery ? parametersOf(method) : dataOf(method),
      optional('opts', code`CallOptions`),
    ],
    returnType: code`${platform.Promise}<Response>`,
    statements: [
      code`try {`,
      code`  return (await ${runtime.callMethod}(client, descriptor, ${passed}, opts)) as Response;`,
      code`} catch (e) {`,
      code`  throw toKnownErr(e);`,
      code`}`,
    ],
  }
}

//= export function subscribe(service: string | URL, params?: CallParams, options?: SubscribeOptions): AsyncIterable<OutputSchema> {
//=   return subscribeTo(service, descriptor, params, options) as AsyncIterable<OutputSchema>;
//= }
function subscribe(method: MethodModel): Statement {
  const message = method.message ? code`OutputSchema` : code`unknown`
  const iterable = code`${platform.AsyncIterable}<${message}>`
  return {
    kind: StructureKind.Function,
    isExported: true,
    docs: docs('Reads the messages of the subscription, until it ends or the signal is aborted.'),
    name: code`subscribe`,
    parameters: [
      property('service', code`string | ${platform.URL}`),
      parametersOf(method),
      optional('options', code`${runtime.SubscribeOptions}`),
    ],
    returnType: iterable,
    statements: [
      code`return ${runtime.subscribeTo}(service, descriptor, params, options) as ${iterable};`,
    ],
  }
}

/** The types of what a caller passes, in the module of a method; those of a handler where nothing differs. */
export function callTypes({ input, parameters = [] }: MethodModel): {
  readonly params: Code
  readonly data: Code
  /** The parameters of a procedure, as its call has them. */
  readonly qp: Code
} {
  return {
    params: parameters.length > 0 ? code`CallParams` : code`QueryParams`,
    data: input ? code`CallInput` : code`InputSchema`,
    qp: parameters.length > 0 ? code`opts?.qp` : code`undefined`,
  }
}

function parametersOf(method: MethodModel): Typed {
  const isOptional = (method.parameters ?? []).every((parameter) => !parameter.required)
  const { params } = callTypes(method)
  return isOptional ? optional('params', params) : property('params', params)
}

function dataOf(method: MethodModel): Typed {
  const { data } = callTypes(method)
  return method.input === undefined ? optional('data', data) : property('data', data)
}
