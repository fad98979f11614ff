import { type ClassDeclarationStructure, StructureKind } from 'ts-morph'
import type { BodyModel, MethodModel, PropertyModel, ValueType } from '../ir/model.ts'
import { emitCall } from './client-call.ts'
import { Code, code, docs, join, key, name } from './code.ts'
import { constant, interfaceOf, objectType, optional, typeAlias } from './declarations.ts'
import { type Declarations, together } from './module.ts'
import { node, platform, runtime, xrpcServer } from './runtime-symbols.ts'
import type { Coded, Statement } from './structure.ts'
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
): Declarations {
  const { nsid, types, validators, targets } = context
  const writer = new MethodWriter(method, types, targets)
  const own = method.kind === 'subscription' ? writer.subscription() : writer.call()
  const call = targets.client ? [emitCall(method, nsid, validators)] : []
  return together([...own, ...call])
}

/** Types of one side of a call: handlers see defaults filled in, callers may omit them. */
class MethodWriter {
  readonly #method: MethodModel
  readonly #types: TypeWriter
  readonly #targets: Targets

  constructor(method: MethodModel, types: TypeWriter, targets: Targets) {
    this.#method = method
    this.#types = types
    this.#targets = targets
  }

  call(): Declarations[] {
    return [
      this.#queryParams(),
      this.#inputSchema(),
      ...this.#outputSchema(),
      ...(this.#targets.server ? this.#handlerSide() : []),
      ...this.#errorClasses(),
      ...(this.#targets.client ? this.#callerSide() : []),
    ]
  }

  #handlerSide(): Declarations[] {
    const output = code`HandlerError | ${this.#method.output ? code`HandlerSuccess` : code`void`}`
    return [
      this.#handlerInput(),
      ...this.#handlerSuccess(),
      this.#handlerError(),
      alias('HandlerOutput', output),
      ...this.#handlerTypes(),
    ]
  }

  #callerSide(): Declarations[] {
    return [
      ...this.#callParams(),
      ...this.#callInput(),
      this.#callOptions(),
      this.#response(),
      this.#toKnownErr(),
    ]
  }

  subscription(): Declarations[] {
    return [
      this.#queryParams(),
      ...this.#outputSchema(),
      ...(this.#targets.server ? this.#streamHandler() : []),
      ...this.#errorClasses(),
      ...(this.#targets.client ? [...this.#callParams(), this.#toKnownErr()] : []),
    ]
  }

  #streamHandler(): Declarations[] {
    const { ErrorFrame, StreamConfig, StreamHandler } = xrpcServer
    const output = code`HandlerError | ${this.#method.message ? code`OutputSchema` : code`void`}`
    const parameters = code`<A, QueryParams, HandlerOutput>`
    return [
      alias('HandlerError', code`${ErrorFrame}<${this.#errorNames()}>`),
      alias('HandlerOutput', output),
      ofAuth('Handler', code`${StreamHandler}${parameters}`, this.#method.description),
      ofAuth('Config', code`${StreamConfig}${parameters}`),
    ]
  }

  #errorNames(): Code {
    return union(this.#method.errors.map((error) => code`${error.name}`))
  }

  //= export type QueryParams = {
  //=   limit: number;
  //= };
  // A type and not an interface: only a type is assignable to the index signature of the library's `Params`.
  #queryParams(): Declarations {
    const parameters = (this.#method.parameters ?? []).map((parameter) => {
      // The server drops parameters of unknown type.
      if (parameter.type.type === 'unknown') return optional(key(parameter.name), code`undefined`)
      const written = this.#types.property(parameter, { owner: 'QueryParams' })
      return isListOfUnknown(parameter.type) ? { ...written, type: code`never[]` } : written
    })
    return together([alias('QueryParams', objectType(parameters)), this.#types.takeUnions()])
  }

  //= export type CallParams = Defaulted<QueryParams, 'limit'>;
  /** `QueryParams` under another name if callers may omit nothing that handlers require. */
  #callParams(): Declarations[] {
    const { parameters = [] } = this.#method
    if (parameters.length === 0) return []
    return [alias('CallParams', defaulted('QueryParams', parameters))]
  }

  //= export interface InputSchema {
  //=   handle: string;
  //= }
  #inputSchema(): Declarations {
    const { input } = this.#method
    if (input?.schema) {
      return this.#schemaType('InputSchema', input.schema, 'filled-in', input.description)
    }
    const raw = code`string | ${platform.Uint8Array} | ${platform.Blob}`
    return alias('InputSchema', input ? raw : code`undefined`, input?.description)
  }

  //= export type CallInput = Defaulted<InputSchema, 'count'>;
  #callInput(): Declarations[] {
    const { input } = this.#method
    if (!input) return []
    const { schema } = input
    if (schema?.type !== 'object') return [alias('CallInput', code`InputSchema`)]
    return [
      schema.properties.some(({ type }) => holdsDefault(type))
        ? this.#schemaType('CallInput', schema, 'optional')
        : alias('CallInput', defaulted('InputSchema', schema.properties)),
    ]
  }

  #schemaType(
    typeName: string,
    schema: ValueType,
    defaults: Defaults,
    about?: string,
  ): Declarations {
    const place = { owner: typeName, defaults }
    const statement =
      schema.type === 'object'
        ? interfaceOf(typeName, this.#types.properties(schema.properties, place), about)
        : typeAlias(typeName, this.#types.body(schema, place), about)
    return together([declared(typeName, statement), this.#types.takeUnions()])
  }

  #outputSchema(): Declarations[] {
    const schema = this.#method.message ?? this.#method.output?.schema
    const about = this.#method.output?.description
    return schema ? [this.#schemaType('OutputSchema', schema, 'optional', about)] : []
  }

  //= export type HandlerInput = InputBody<'application/json', InputSchema>;
  #handlerInput(): Declarations {
    const { input } = this.#method
    if (!input) return alias('HandlerInput', code`void`)
    const alternatives = [
      ...(input.schema ? [code`InputSchema`] : []),
      ...(!input.schema || input.encodings.length > 1 ? [new Code([node.Readable])] : []),
    ]
    const body = union(alternatives)
    return alias('HandlerInput', code`${runtime.InputBody}<${encoding(input)}, ${body}>`)
  }

  //= export type HandlerSuccess = OutputBody<'application/json', OutputSchema>;
  #handlerSuccess(): Declarations[] {
    const body = this.#method.output
    if (!body) return []
    const raw = [new Code([platform.Uint8Array]), new Code([node.Readable])]
    const alternatives = [
      ...(body.schema ? [code`OutputSchema`] : []),
      ...(!body.schema || body.encodings.length > 1 ? raw : []),
    ]
    const type = code`${runtime.OutputBody}<${encoding(body)}, ${union(alternatives)}>`
    return [alias('HandlerSuccess', type)]
  }

  //= export type HandlerError = DeclaredAnswer<'InvalidHandle'>;
  #handlerError(): Declarations {
    const { DeclaredAnswer, ErrorAnswer } = runtime
    const isDeclared = this.#method.errors.length > 0
    const type = isDeclared ? code`${DeclaredAnswer}<${this.#errorNames()}>` : code`${ErrorAnswer}`
    return alias('HandlerError', type)
  }

  #handlerTypes(): Declarations[] {
    const parameters = code`<A, QueryParams, HandlerInput, HandlerOutput>`
    const { MethodHandler } = xrpcServer
    return [
      ofAuth('Handler', code`${MethodHandler}${parameters}`, this.#method.description),
      ofAuth('Config', code`${runtime.MethodConfig}${parameters}`),
    ]
  }

  //= export class InvalidHandleError extends NamedError {
  //=   static override readonly error = 'InvalidHandle';
  //= }
  #errorClasses(): Declarations[] {
    return this.#method.errors.map(({ name: error, className, description }) => {
      const statement: Coded<ClassDeclarationStructure> = {
        kind: StructureKind.Class,
        isExported: true,
        docs: docs(description),
        name: name(className),
        extends: code`${runtime.NamedError}`,
        properties: [
          {
            isStatic: true,
            hasOverrideKeyword: true,
            isReadonly: true,
            name: code`error`,
            initializer: code`${error}`,
          },
        ],
      }
      return declared(className, statement)
    })
  }

  //= export type CallOptions = InputSettings<'application/json'>;
  #callOptions(): Declarations {
    const { input, kind, parameters = [] } = this.#method
    const settings = [
      ...(input ? [code`${runtime.InputSettings}<${encoding(input)}>`] : []),
      ...(kind === 'procedure' && parameters.length > 0
        ? [code`${runtime.ParamsSettings}<CallParams>`]
        : []),
    ]
    const type = settings.length > 0 ? join(settings, ' & ') : code`${runtime.CallSettings}`
    return alias('CallOptions', type)
  }

  //= export type Response = DataResponse<OutputSchema>;
  #response(): Declarations {
    const { output } = this.#method
    if (!output) return alias('Response', code`${runtime.EmptyResponse}`)
    const data = output.schema ? code`OutputSchema` : code`${platform.Uint8Array}`
    return alias('Response', code`${runtime.DataResponse}<${data}>`)
  }

  //= export const toKnownErr: ToKnownErr = /* @__PURE__ */ knownErrors(InvalidHandleError);
  #toKnownErr(): Declarations {
    const { ToKnownErr, knownErrors } = runtime
    const classes = this.#method.errors.map(({ className }) => name(className))
    return declared(
      'toKnownErr',
      constant('toKnownErr', code`${ToKnownErr}`, code`${knownErrors}(${join(classes, ', ')})`),
    )
  }
}

function declared(identifier: string, statement: Statement): Declarations {
  return { declares: [identifier], statements: [statement] }
}

function alias(identifier: string, type: Code, about?: string): Declarations {
  return declared(identifier, typeAlias(identifier, type, about))
}

//= export type Handler<A extends Auth = void> = MethodHandler<A, QueryParams, HandlerInput, HandlerOutput>;
function ofAuth(identifier: 'Handler' | 'Config', type: Code, about?: string): Declarations {
  const parameter = code`A extends ${xrpcServer.Auth} = void`
  return declared(identifier, {
    ...typeAlias(identifier, type, about),
    typeParameters: [parameter],
  })
}

/** `//= Defaulted<InputSchema, 'count'>`; the type itself without defaults. */
function defaulted(typeName: string, properties: readonly PropertyModel[]): Code {
  const keys = properties.filter(canBeLeftOut).map((one) => code`${one.name}`)
  if (keys.length === 0) return name(typeName)
  return code`${runtime.Defaulted}<${name(typeName)}, ${union(keys)}>`
}

function isListOfUnknown(type: ValueType): boolean {
  return type.type === 'array' && type.items.type === 'unknown'
}

function canBeLeftOut({ hasDefault, required, type }: PropertyModel): boolean {
  return hasDefault && !required && type.type !== 'unknown'
}

/** True if a type differs before and after defaults are filled in. Referenced types do not. */
function holdsDefault(type: ValueType): boolean {
  return (
    type.type === 'object' &&
    type.properties.some((one) => one.hasDefault || holdsDefault(one.type))
  )
}

/** `//= 'application/json' | 'text/plain'`; a wildcard allows any. */
function encoding({ encodings }: BodyModel): Code {
  if (encodings.some((candidate) => candidate.includes('*'))) return code`string`
  return union(encodings.map((candidate) => code`${candidate}`))
}
