import { StructureKind, VariableDeclarationKind } from 'ts-morph'
import type { BodyModel, DocumentModel, ErrorModel, MethodModel, Model } from '../ir/model.ts'
import { camelCase, NameScope } from '../ir/names.ts'
import { type Code, code, docs, join, name } from './code.ts'
import { mayHoldLexValues } from './lex-values.ts'
import { localType, type Module } from './module.ts'
import { allNamespaces } from './namespaces.ts'
import { platform, smallClient } from './runtime-symbols.ts'
import type { Statement } from './structure.ts'
import { documentsOf } from './type-expression.ts'

/** `calls/…`: for each query and procedure its constant for the small client, and its errors. */
export function emitCallModules(model: Model): Module[] {
  const documents = documentsOf(model)
  const called = new Set(
    allNamespaces(model.namespaces).flatMap(({ methods }) => methods.map(({ nsid }) => nsid)),
  )
  return model.documents.flatMap((document) => {
    const { method, nsid } = document
    if (!method || method.kind === 'subscription' || !called.has(nsid)) return []
    return [callModule(document, method, documents)]
  })
}

type Documents = ReturnType<typeof documentsOf>

function callModule(document: DocumentModel, method: MethodModel, documents: Documents): Module {
  const { nsid, module } = document
  const classes = method.errors.map(({ className }) => className)
  const last = camelCase(nsid.slice(nsid.lastIndexOf('.') + 1))
  const constant = new NameScope(classes).take(NO_NAMES.has(last) ? `${last}_` : last)
  return {
    path: module.replace(/^types/, 'calls'),
    about: nsid,
    declares: [...classes, constant],
    statements: [
      ...method.errors.map((error) => errorClass(error, nsid)),
      {
        kind: StructureKind.VariableStatement,
        isExported: true,
        docs: docs(method.description),
        declarationKind: VariableDeclarationKind.Const,
        declarations: [
          {
            name: name(constant),
            type: typeOf(method, document),
            initializer: descriptor(method, nsid, documents),
          },
        ],
      },
    ],
  }
}

//= /** There is no such feed. */
//= export class UnknownFeedError extends CallError<'UnknownFeed'> {
//=   static override readonly declared = 'com.example.feed.getFeed#UnknownFeed';
//= }
function errorClass({ name: error, className, description }: ErrorModel, nsid: string): Statement {
  return {
    kind: StructureKind.Class,
    isExported: true,
    docs: docs(description),
    name: name(className),
    extends: code`${smallClient.CallError}<${error}>`,
    properties: [
      {
        isStatic: true,
        hasOverrideKeyword: true,
        isReadonly: true,
        name: code`declared`,
        initializer: code`${`${nsid}#${error}`}`,
      },
    ],
  }
}

//= Query<CallParams, OutputSchema>
function typeOf(method: MethodModel, { module }: DocumentModel): Code {
  const from = (type: string): Code => code`${localType(module, type)}`
  const params = method.parameters?.length ? from('CallParams') : code`{}`
  const output = method.output?.schema ? from('OutputSchema') : raw(method.output)
  if (method.kind === 'query') return code`${smallClient.Query}<${params}, ${output}>`
  const bytes = code`${smallClient.Bytes}`
  const unchecked = method.input ? bytes : code`undefined`
  const input = method.input?.schema ? from('CallInput') : unchecked
  return code`${smallClient.Procedure}<${input}, ${output}, ${params}>`
}

function raw(body: BodyModel | undefined): Code {
  return body ? code`${platform.Uint8Array}` : code`undefined`
}

//= { nsid: 'com.example.feed.getFeed', type: 'query', output: json, errors: [UnknownFeedError] }
function descriptor(
  { kind, input, output, errors }: MethodModel,
  nsid: string,
  documents: Documents,
): Code {
  const codec = ({ schema }: BodyModel): Code => {
    if (!schema) return code`${smallClient.bytes}`
    return mayHoldLexValues(schema, documents)
      ? code`${smallClient.lexJson}`
      : code`${smallClient.json}`
  }
  const encoding = input && onlyEncoding(input)
  const members = [
    code`nsid: ${nsid}`,
    code`type: ${kind}`,
    ...(input ? [code`input: ${codec(input)}`] : []),
    ...(encoding === undefined ? [] : [code`encoding: ${encoding}`]),
    ...(output ? [code`output: ${codec(output)}`] : []),
    ...(errors.length > 0
      ? [
          code`errors: [${join(
            errors.map(({ className }) => name(className)),
            ', ',
          )}]`,
        ]
      : []),
  ]
  return code`{ ${join(members, ', ')} }`
}

/** The media type of an input without alternatives, unless it is JSON with a schema. */
function onlyEncoding({ encodings: [first, ...more], schema }: BodyModel): string | undefined {
  const isOne = first !== undefined && more.length === 0 && !first.includes('*')
  return isOne && !(schema && first === 'application/json') ? first : undefined
}

/** Names that a module's constant cannot have: reserved words, and those that the compiler refuses. */
const NO_NAMES: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function globalThis if implements import in instanceof interface let new null package private ' +
    'protected public return static super switch this throw true try typeof undefined var void while with yield'
  ).split(' '),
)
