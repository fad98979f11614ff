import { type ClassDeclarationStructure, StructureKind } from 'ts-morph'
import type { BodyModel, MethodModel, ValueType } from '../ir/model.ts'
import { emitCall } from './client-call.ts'
import { Code, code, docs, key, name } from './code.ts'
import {
  interfaceOf,
  objectType,
  optional,
  type Property,
  property,
  typeAlias,
} from './declarations.ts'
import type { Declarations } from './module.ts'
import { node, platform, runtime, xrpc, xrpcServer } from './runtime-symbols.ts'
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
  const all = [...own, ...call]
  return {
    statements: all.flatMap(({ statements }) => statements),
    declares: all.flatMap(({ declares }) => declares),
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
    return [
      this.#handlerInput(),
      ...this.#handlerSuccess(),
      this.#handlerError(),
      declared(
        'HandlerOutput',
        typeAlias(
          'HandlerOutput',
          code`HandlerError | ${this.#method.output ? code`HandlerSuccess` : code`void`}`,
        ),
      ),
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
    const names = union(this.#method.errors.map((error) => code`${error.name}`))
    const { ErrorFrame, StreamConfig, StreamHandler } = xrpcServer
    const output = code`HandlerError | ${this.#method.message ? code`OutputSchema` : code`void`}`
    const parameters = code`<A, QueryParams, HandlerOutput>`
    return [
      declared('HandlerError', typeAlias('HandlerError', code`${ErrorFrame}<${names}>`)),
      declared('HandlerOutput', typeAlias('HandlerOutput', output)),
      ofAuth('Handler', code`${StreamHandler}${parameters}`),
      ofAuth('Config', code`${StreamConfig}${parameters}`),
    ]
  }

  //= export type QueryParams = {
  //=   limit: number;
  //= };
  // A type and not an interface: only a type is assignable to the index signature of the library's `Params`.
  #queryParams(): Declarations {
    return declared('QueryParams', typeAlias('QueryParams', this.#parameters('filled-in')))
  }

  /** Only where a caller may leave out what a handler sees; `QueryParams` otherwise goes by both names. */
  #callParams(): Declarations[] {
    const { parameters = [] } = this.#method
    if (parameters.length === 0) return []
    const about = 'The parameters as a caller passes them: those with a default may be left out.'
    const differs = parameters.some(({ hasDefault }) => hasDefault)
    const alias = differs
      ? typeAlias('CallParams', this.#parameters('optional'), about)
      : typeAlias('CallParams', code`QueryParams`)
    return [declared('CallParams', alias)]
  }

  #parameters(defaults: Defaults): Code {
    return objectType(
      (this.#method.parameters ?? []).map((parameter) =>
        // The server drops parameters of unknown type, whatever is sent.
        parameter.type.type === 'unknown'
          ? optional(key(parameter.name), code`undefined`)
          : this.#types.property(parameter, defaults),
      ),
    )
  }

  //= export interface InputSchema {
  //=   handle: string;
  //= }
  #inputSchema(): Declarations {
    return this.#bodyType('InputSchema', 'filled-in', this.#method.input?.description)
  }

  #callInput(): Declarations[] {
    const { input } = this.#method
    if (!input) return []
    const about = 'The input as a caller passes it: fields with a default may be left out.'
    return [
      input.schema && holdsDefault(input.schema)
        ? this.#bodyType('CallInput', 'optional', about)
        : declared('CallInput', typeAlias('CallInput', code`InputSchema`)),
    ]
  }

  #bodyType(typeName: string, defaults: Defaults, about?: string): Declarations {
    const body = this.#method.input
    if (body?.schema) return this.#schemaType(typeName, body.schema, defaults, about)
    const raw = code`string | ${platform.Uint8Array} | ${platform.Blob}`
    return declared(typeName, typeAlias(typeName, body ? raw : code`undefined`, about))
  }

  #schemaType(
    typeName: string,
    schema: ValueType,
    defaults: Defaults,
    about?: string,
  ): Declarations {
    const statement =
      schema.type === 'object'
        ? interfaceOf(typeName, this.#types.properties(schema.properties, defaults), about)
        : typeAlias(typeName, this.#types.value(schema, defaults), about)
    return declared(typeName, statement)
  }

  #outputSchema(): Declarations[] {
    const schema = this.#method.message ?? this.#method.output?.schema
    const about = this.#method.output?.description
    return schema ? [this.#schemaType('OutputSchema', schema, 'optional', about)] : []
  }

  //= export interface HandlerInput {
  //=   encoding: 'application/json';
  //=   body: InputSchema;
  //= }
  #handlerInput(): Declarations {
    const { input } = this.#method
    if (!input) return declared('HandlerInput', typeAlias('HandlerInput', code`void`))
    const alternatives = [
      ...(input.schema ? [code`InputSchema`] : []),
      ...(!input.schema || input.encodings.length > 1 ? [new Code([node.Readable])] : []),
    ]
    return shape('HandlerInput', [
      property('encoding', encoding(input)),
      property('body', union(alternatives)),
    ])
  }

  //= export interface HandlerSuccess {
  //=   encoding: 'application/json';
  //=   body: OutputSchema;
  //=   headers?: { [key: string]: string };
  //= }
  #handlerSuccess(): Declarations[] {
    const body = this.#method.output
    if (!body) return []
    const raw = [new Code([platform.Uint8Array]), new Code([node.Readable])]
    const alternatives = [
      ...(body.schema ? [code`OutputSchema`] : []),
      ...(!body.schema || body.encodings.length > 1 ? raw : []),
    ]
    return [
      shape('HandlerSuccess', [
        property('encoding', encoding(body)),
        property('body', union(alternatives)),
        optional('headers', code`{ [key: string]: string }`),
      ]),
    ]
  }

  //= export interface HandlerError {
  //=   status: number;
  //=   message?: string;
  //=   error?: 'InvalidHandle';
  //= }
  #handlerError(): Declarations {
    const { errors } = this.#method
    const names = union(errors.map((error) => code`${error.name}`))
    return shape('HandlerError', [
      property('status', code`number`),
      optional('message', code`string`),
      ...(errors.length > 0 ? [optional('error', names)] : []),
    ])
  }

  #handlerTypes(): Declarations[] {
    const parameters = code`<A, QueryParams, HandlerInput, HandlerOutput>`
    const { MethodConfig, MethodHandler } = xrpcServer
    return [
      ofAuth(
        'Handler',
        code`${MethodHandler}${parameters}`,
        'The function that answers a call; `A` is what its auth verifier returns.',
      ),
      ofAuth(
        'Config',
        code`${MethodConfig}${parameters}`,
        'A handler with its auth verifier, body limits and rate limits.',
      ),
    ]
  }

  //= export class InvalidHandleError extends DeclaredError {
  //=   constructor(source?: string | XRPCError, options?: DeclaredErrorOptions) {
  //=     super('InvalidHandle', source, options);
  //=   }
  //= }
  #errorClasses(): Declarations[] {
    const { DeclaredError, DeclaredErrorOptions } = runtime
    return this.#method.errors.map(({ name: error, className, description }) => {
      const statement: Coded<ClassDeclarationStructure> = {
        kind: StructureKind.Class,
        isExported: true,
        docs: docs(description),
        name: name(className),
        extends: code`${DeclaredError}`,
        ctors: [
          {
            parameters: [
              optional('source', code`string | ${xrpc.XRPCErrorType}`),
              optional('options', code`${DeclaredErrorOptions}`),
            ],
            statements: [code`super(${error}, source, options);`],
          },
        ],
      }
      return declared(className, statement)
    })
  }

  #callOptions(): Declarations {
    const { input, kind, parameters = [] } = this.#method
    return shape('CallOptions', [
      optional('signal', code`${platform.AbortSignal}`),
      optional('headers', code`${xrpc.HeadersMap}`),
      ...(kind === 'procedure' && parameters.length > 0 ? [optional('qp', code`CallParams`)] : []),
      ...(input ? [optional('encoding', encoding(input))] : []),
    ])
  }

  #response(): Declarations {
    const body = this.#method.output
    const data = body?.schema ? code`OutputSchema` : code`${platform.Uint8Array}`
    return shape('Response', [
      property('success', code`boolean`),
      property('headers', code`${xrpc.HeadersMap}`),
      ...(body ? [property('data', data)] : []),
    ])
  }

  //= export function toKnownErr(e: unknown): unknown {
  //=   if (e instanceof XRPCError) {
  //=     if (e.error === 'InvalidHandle') return new InvalidHandleError(e);
  //=   }
  //=   return e;
  //= }
  #toKnownErr(): Declarations {
    const cases = this.#method.errors.map(
      ({ name: error, className }) =>
        code`  if (e.error === ${error}) return new ${name(className)}(e);`,
    )
    const check = [code`if (e instanceof ${xrpc.XRPCError}) {`, ...cases, code`}`]
    return declared('toKnownErr', {
      kind: StructureKind.Function,
      isExported: true,
      docs: docs('Turns an error of the client into the class declared for it, if there is one.'),
      name: code`toKnownErr`,
      parameters: [property('e', code`unknown`)],
      returnType: code`unknown`,
      statements: [...(cases.length > 0 ? check : []), code`return e;`],
    })
  }
}

function declared(identifier: string, statement: Statement): Declarations {
  return { declares: [identifier], statements: [statement] }
}

function shape(identifier: string, properties: readonly Property[]): Declarations {
  return declared(identifier, interfaceOf(identifier, properties))
}

//= export type Handler<A extends Auth = void> = MethodHandler<A, QueryParams, HandlerInput, HandlerOutput>;
function ofAuth(alias: 'Handler' | 'Config', type: Code, about?: string): Declarations {
  const parameter = { name: code`A`, constraint: code`${xrpcServer.Auth}`, default: code`void` }
  return declared(alias, { ...typeAlias(alias, type, about), typeParameters: [parameter] })
}

/** True if a type looks different before and after defaults are filled in. Referenced types look the same. */
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
