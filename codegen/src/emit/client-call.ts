import { StructureKind, VariableDeclarationKind } from 'ts-morph'
import type { MethodModel, PropertyModel } from '../ir/model.ts'
import { type Code, code, docs, join, key } from './code.ts'
import { constant, optional, property, type Typed } from './declarations.ts'
import type { Declarations } from './module.ts'
import { platform, runtime } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'
import type { ValidatorsModule } from './validators-module.ts'

/**
 * A function that calls the single method of a module and imports only what that call needs, for small
 * bundles.
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
    : { declares: ['call'], statements: [call(method, nsid, validators)] }
}

//= export const call: Call<[params?: CallParams, opts?: CallOptions], Response> = /* @__PURE__ */ callOf({ nsid: 'com.example.get', type: 'query', parameters: { limit: 'integer' }, output: ComExampleGet$output }, toKnownErr);
function call(method: MethodModel, nsid: string, validators: ValidatorsModule): Statement {
  const output = validators.bodyOf('output', nsid)
  const descriptor = oneLine([
    code`nsid: ${nsid}`,
    code`type: ${method.kind}`,
    code`parameters: ${parameterTypes(method.parameters ?? [])}`,
    ...(output ? [code`output: ${output}`] : []),
  ])
  const { name, type, hasQuestionToken } =
    method.kind === 'query' ? parametersOf(method) : dataOf(method)
  const args = code`[${name}${hasQuestionToken ? code`?` : code``}: ${type}, opts?: CallOptions]`
  return constant(
    'call',
    code`${runtime.Call}<${args}, Response>`,
    code`${runtime.callOf}(${descriptor}, toKnownErr)`,
  )
}

function subscriptionDescriptor(
  method: MethodModel,
  nsid: string,
  validators: ValidatorsModule,
): Statement {
  const message = validators.bodyOf('message', nsid)
  const descriptor = oneLine([
    code`nsid: ${nsid}`,
    code`parameters: ${parameterTypes(method.parameters ?? [])}`,
    ...(message ? [code`message: ${message}`] : []),
    code`toKnownErr`,
  ])
  const type = code`${runtime.SubscriptionDescriptor}`
  return {
    kind: StructureKind.VariableStatement,
    declarationKind: VariableDeclarationKind.Const,
    declarations: [{ name: code`descriptor`, type, initializer: descriptor }],
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

/**
 * The types of a caller's arguments, in the module of a method; those of the handler if there is no
 * difference.
 */
export function callTypes({ input, parameters = [] }: MethodModel): {
  readonly params: Code
  readonly data: Code
  /** The parameters of a procedure, in the form its call takes. */
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
