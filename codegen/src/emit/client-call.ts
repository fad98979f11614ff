import type { MethodModel, PropertyModel } from '../ir/model.ts'
import { block, type Code, code, docComment, key, lines } from './code.ts'
import { platform, runtime, xrpc } from './runtime-symbols.ts'
import type { ValidatorsModule } from './validators-module.ts'

/**
 * A function that calls the one method of a module and brings in nothing but what that call needs, for bundles
 * that count every byte.
 */
export function emitCall(method: MethodModel, nsid: string, validators: ValidatorsModule): Code[] {
  return method.kind === 'subscription'
    ? [subscriptionDescriptor(method, nsid, validators), subscribe(method)]
    : [methodDescriptor(method, nsid, validators), call(method)]
}

//= const descriptor: MethodDescriptor = {
//=   nsid: 'com.example.get',
//=   type: 'query',
//=   parameters: { limit: 'integer' },
//=   output: ComExampleGet$output,
//= }
function methodDescriptor(method: MethodModel, nsid: string, validators: ValidatorsModule): Code {
  const output = validators.bodyOf('output', nsid)
  return code`const descriptor: ${runtime.MethodDescriptor} = ${block([
    code`nsid: ${nsid},`,
    code`type: ${method.kind},`,
    code`parameters: ${parameterTypes(method.parameters ?? [])},`,
    ...(output ? [code`output: ${output},`] : []),
  ])}`
}

function subscriptionDescriptor(
  method: MethodModel,
  nsid: string,
  validators: ValidatorsModule,
): Code {
  const message = validators.bodyOf('message', nsid)
  return code`const descriptor: ${runtime.SubscriptionDescriptor} = ${block([
    code`nsid: ${nsid},`,
    code`parameters: ${parameterTypes(method.parameters ?? [])},`,
    ...(message ? [code`message: ${message},`] : []),
    code`toKnownErr,`,
  ])}`
}

function parameterTypes(parameters: readonly PropertyModel[]): Code {
  return block(
    parameters.map(({ name, type }) => {
      const written = type.type === 'array' ? code`[${type.items.type}]` : code`${type.type}`
      return code`${name === '__proto__' ? code`['__proto__']` : key(name)}: ${written},`
    }),
  )
}

//= export async function call(client: XrpcClient, params?: CallParams, opts?: CallOptions): Promise<Response> {
//=   try {
//=     return (await callMethod(client, descriptor, params, undefined, opts)) as Response
//=   } catch (e) {
//=     throw toKnownErr(e)
//=   }
//= }
function call(method: MethodModel): Code {
  const isQuery = method.kind === 'query'
  const parameter = isQuery
    ? code`params${isOptional(method) ? code`?` : code``}: CallParams`
    : code`data${method.input === undefined ? code`?` : code``}: CallInput`
  const passed = isQuery ? code`params, undefined` : code`opts?.qp, data`
  return lines(
    docComment('Calls the method through any client, whatever documents that one knows.'),
    code`export async function call(
  client: ${xrpc.XrpcClientType},
  ${parameter},
  opts?: CallOptions,
): ${platform.Promise}<Response> {
  try {
    return (await ${runtime.callMethod}(client, descriptor, ${passed}, opts)) as Response
  } catch (e) {
    throw toKnownErr(e)
  }
}`,
  )
}

//= export function subscribe(service: string | URL, params?: CallParams, options?: SubscribeOptions): AsyncIterable<OutputSchema> {
//=   return subscribeTo(service, descriptor, params, options) as AsyncIterable<OutputSchema>
//= }
function subscribe(method: MethodModel): Code {
  const message = method.message ? code`OutputSchema` : code`unknown`
  const iterable = code`${platform.AsyncIterable}<${message}>`
  return lines(
    docComment('Reads the messages of the subscription, until it ends or the signal is aborted.'),
    code`export function subscribe(
  service: string | ${platform.URL},
  params${isOptional(method) ? code`?` : code``}: CallParams,
  options?: ${runtime.SubscribeOptions},
): ${iterable} {
  return ${runtime.subscribeTo}(service, descriptor, params, options) as ${iterable}
}`,
  )
}

function isOptional(method: MethodModel): boolean {
  return (method.parameters ?? []).every((parameter) => !parameter.required)
}
