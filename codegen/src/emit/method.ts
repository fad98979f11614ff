import { METHOD_EXPORTS } from '../ir/build.ts'
import type { BodyModel, MethodModel, ValueType } from '../ir/model.ts'
import { emitCall } from './client-call.ts'
import { block, Code, code, docComment, join, key, lines, name } from './code.ts'
import { node, platform, runtime, xrpc, xrpcServer } from './runtime-symbols.ts'
import type { Targets } from './targets.ts'
import { type Defaults, type TypeWriter, union } from './type-expression.ts'
import type { ValidatorsModule } from './validators-module.ts'

/** The statements of a query, procedure or subscription, and the names they declare. */
export function emitMethod(
  method: MethodModel,
  context: {
    readonly nsid: string
    readonly types: TypeWriter
    readonly validators: ValidatorsModule
    readonly targets: Targets
  },
): { readonly statements: readonly Code[]; readonly declares: readonly string[] } {
  const { nsid, types, validators, targets } = context
  const writer = new MethodWriter(method, types, targets)
  const call = targets.client ? emitCall(method, nsid, validators) : []
  return {
    statements: [
      ...(method.kind === 'subscription' ? writer.subscription() : writer.call()),
      ...call,
    ],
    declares: [...METHOD_EXPORTS, ...method.errors.map((error) => error.className)],
  }
}

/** What one side of a call sees: handlers see defaults filled in, callers may leave them out. */
class MethodWriter {
  readonly #method: MethodModel
  readonly #types: TypeWriter
  readonly #targets: Targets

  constructor(method: MethodModel, types: TypeWriter, targets: Targets) {
    this.#method = method
    this.#types = types
    this.#targets = targets
  }

  call(): Code[] {
    return [
      this.#queryParams(),
      this.#inputSchema(),
      ...this.#outputSchema(),
      ...(this.#targets.server ? this.#handlerSide() : []),
      ...this.#errorClasses(),
      ...(this.#targets.client ? this.#callerSide() : []),
    ]
  }

  #handlerSide(): Code[] {
    return [
      this.#handlerInput(),
      ...this.#handlerSuccess(),
      this.#handlerError(),
      this.#handlerOutput(),
      ...this.#handlerTypes(),
    ]
  }

  #callerSide(): Code[] {
    return [
      this.#callParams(),
      this.#callInput(),
      this.#callOptions(),
      this.#response(),
      this.#toKnownErr(),
    ]
  }

  subscription(): Code[] {
    return [
      this.#queryParams(),
      ...this.#outputSchema(),
      ...(this.#targets.server ? this.#streamHandler() : []),
      ...this.#errorClasses(),
      ...(this.#targets.client ? [this.#callParams(), this.#toKnownErr()] : []),
    ]
  }

  #streamHandler(): Code[] {
    const names = union(this.#method.errors.map((error) => code`${error.name}`))
    return [
      code`export type HandlerError = ${xrpcServer.ErrorFrame}<${names}>`,
      code`export type HandlerOutput = HandlerError | ${this.#method.message ? code`OutputSchema` : code`void`}`,
      code`export type Handler<A extends ${xrpcServer.Auth} = void> = ${xrpcServer.StreamHandler}<A, QueryParams, HandlerOutput>`,
      code`export type Config<A extends ${xrpcServer.Auth} = void> = ${xrpcServer.StreamConfig}<A, QueryParams, HandlerOutput>`,
    ]
  }

  //= export type QueryParams = {
  //=   limit: number
  //= }
  // A type and not an interface: only a type is assignable to the index signature of the library's `Params`.
  #queryParams(): Code {
    return code`export type QueryParams = ${this.#parameters('filled-in')}`
  }

  #callParams(): Code {
    const doc = docComment(
      'The parameters as a caller passes them: those with a default may be left out.',
    )
    return lines(doc, code`export type CallParams = ${this.#parameters('optional')}`)
  }

  #parameters(defaults: Defaults): Code {
    return block(
      (this.#method.parameters ?? []).map((parameter) =>
        // The server drops parameters of unknown type, whatever is sent.
        parameter.type.type === 'unknown'
          ? code`${key(parameter.name)}?: undefined`
          : this.#types.property(parameter, defaults),
      ),
    )
  }

  //= export interface InputSchema {
  //=   handle: string
  //= }
  #inputSchema(): Code {
    return this.#bodyType('InputSchema', this.#method.input, 'filled-in')
  }

  #callInput(): Code {
    const doc = docComment(
      'The input as a caller passes it: fields with a default may be left out.',
    )
    const { input } = this.#method
    const differs = input?.schema !== undefined && holdsDefault(input.schema)
    return lines(
      doc,
      differs
        ? this.#bodyType('CallInput', input, 'optional')
        : code`export type CallInput = InputSchema`,
    )
  }

  #bodyType(typeName: string, body: BodyModel | undefined, defaults: Defaults): Code {
    if (body === undefined) return code`export type ${name(typeName)} = undefined`
    if (body.schema === undefined) {
      return code`export type ${name(typeName)} = string | ${platform.Uint8Array} | ${platform.Blob}`
    }
    return this.#schemaType(typeName, body.schema, defaults)
  }

  #schemaType(
    typeName: string,
    schema: NonNullable<BodyModel['schema']>,
    defaults: Defaults,
  ): Code {
    return schema.type === 'object'
      ? code`export interface ${name(typeName)} ${this.#types.value(schema, defaults)}`
      : code`export type ${name(typeName)} = ${this.#types.value(schema, defaults)}`
  }

  #outputSchema(): Code[] {
    const schema = this.#method.message ?? this.#method.output?.schema
    return schema ? [this.#schemaType('OutputSchema', schema, 'optional')] : []
  }

  //= export interface HandlerInput {
  //=   encoding: 'application/json'
  //=   body: InputSchema
  //= }
  #handlerInput(): Code {
    const { input } = this.#method
    if (!input) return code`export type HandlerInput = void`
    const stream = new Code([node.Readable])
    const alternatives = [
      ...(input.schema ? [code`InputSchema`] : []),
      ...(!input.schema || input.encodings.length > 1 ? [stream] : []),
    ]
    const members = [code`encoding: ${encoding(input)}`, code`body: ${union(alternatives)}`]
    return code`export interface HandlerInput ${block(members)}`
  }

  //= export interface HandlerSuccess {
  //=   encoding: 'application/json'
  //=   body: OutputSchema
  //=   headers?: { [key: string]: string }
  //= }
  #handlerSuccess(): Code[] {
    const body = this.#method.output
    if (!body) return []
    const raw = [new Code([platform.Uint8Array]), new Code([node.Readable])]
    const alternatives = [
      ...(body.schema ? [code`OutputSchema`] : []),
      ...(!body.schema || body.encodings.length > 1 ? raw : []),
    ]
    const members = [
      code`encoding: ${encoding(body)}`,
      code`body: ${union(alternatives)}`,
      code`headers?: { [key: string]: string }`,
    ]
    return [code`export interface HandlerSuccess ${block(members)}`]
  }

  //= export interface HandlerError {
  //=   status: number
  //=   message?: string
  //=   error?: 'InvalidHandle'
  //= }
  #handlerError(): Code {
    const { errors } = this.#method
    const members = [code`status: number`, code`message?: string`]
    if (errors.length > 0) {
      members.push(code`error?: ${union(errors.map((error) => code`${error.name}`))}`)
    }
    return code`export interface HandlerError ${block(members)}`
  }

  #handlerOutput(): Code {
    return code`export type HandlerOutput = HandlerError | ${this.#method.output ? code`HandlerSuccess` : code`void`}`
  }

  //= export type Handler<A extends Auth = void> = MethodHandler<A, QueryParams, HandlerInput, HandlerOutput>
  #handlerTypes(): Code[] {
    const parameters = code`<A, QueryParams, HandlerInput, HandlerOutput>`
    const { Auth, MethodConfig, MethodHandler } = xrpcServer
    return [
      lines(
        docComment('The function that answers a call; `A` is what its auth verifier returns.'),
        code`export type Handler<A extends ${Auth} = void> = ${MethodHandler}${parameters}`,
      ),
      lines(
        docComment('A handler with its auth verifier, body limits and rate limits.'),
        code`export type Config<A extends ${Auth} = void> = ${MethodConfig}${parameters}`,
      ),
    ]
  }

  //= export class InvalidHandleError extends DeclaredError {
  //=   constructor(source?: string | XRPCError, options?: DeclaredErrorOptions) {
  //=     super('InvalidHandle', source, options)
  //=   }
  //= }
  #errorClasses(): Code[] {
    const { DeclaredError, DeclaredErrorOptions } = runtime
    return this.#method.errors.map(({ name: error, className, description }) =>
      lines(
        docComment(description),
        code`export class ${name(className)} extends ${DeclaredError} {
  constructor(source?: string | ${xrpc.XRPCErrorType}, options?: ${DeclaredErrorOptions}) {
    super(${error}, source, options)
  }
}`,
      ),
    )
  }

  #callOptions(): Code {
    const { input, kind } = this.#method
    const members = [
      code`signal?: ${platform.AbortSignal}`,
      code`headers?: ${xrpc.HeadersMap}`,
      ...(kind === 'procedure' ? [code`qp?: CallParams`] : []),
      ...(input ? [code`encoding?: ${encoding(input)}`] : []),
    ]
    return code`export interface CallOptions ${block(members)}`
  }

  #response(): Code {
    const body = this.#method.output
    const members = [code`success: boolean`, code`headers: ${xrpc.HeadersMap}`]
    if (body?.schema) members.push(code`data: OutputSchema`)
    else if (body) members.push(code`data: ${platform.Uint8Array}`)
    return code`export interface Response ${block(members)}`
  }

  //= export function toKnownErr(e: unknown): unknown {
  //=   if (e instanceof XRPCError) {
  //=     if (e.error === 'InvalidHandle') return new InvalidHandleError(e)
  //=   }
  //=   return e
  //= }
  #toKnownErr(): Code {
    const { errors } = this.#method
    const doc = docComment(
      'Turns an error of the client into the class declared for it, if there is one.',
    )
    const cases = errors.map(
      ({ name: error, className }) =>
        code`    if (e.error === ${error}) return new ${name(className)}(e)\n`,
    )
    const check =
      cases.length === 0
        ? code``
        : code`  if (e instanceof ${xrpc.XRPCError}) {\n${join(cases, '')}  }\n`
    return lines(
      doc,
      code`export function toKnownErr(e: unknown): unknown {\n${check}  return e\n}`,
    )
  }
}

/** True if a type looks different before and after defaults are filled in. Referenced types look the same. */
function holdsDefault(type: ValueType): boolean {
  return (
    type.type === 'object' &&
    type.properties.some((property) => property.hasDefault || holdsDefault(property.type))
  )
}

/** `//= 'application/json' | 'text/plain'`; a wildcard allows any. */
function encoding({ encodings }: BodyModel): Code {
  if (encodings.some((candidate) => candidate.includes('*'))) return code`string`
  return union(encodings.map((candidate) => code`${candidate}`))
}
