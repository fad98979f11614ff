import type { GlobalSymbol, ImportedSymbol } from './code.ts'
import { local, localType, platformGlobal, typeFrom, valueFrom } from './module.ts'

/** Every symbol that generated code takes from elsewhere, in one place. */

type Imported<Name extends string> = Readonly<Record<Name, ImportedSymbol>>
type Global<Name extends string> = Readonly<Record<Name, GlobalSymbol>>

/** The versioned entry that generated code stands on; works in browsers. */
export const RUNTIME = '@lexwright/xrpc/codegenv1'
/** Its counterpart for servers. */
const SERVER_RUNTIME = '@lexwright/xrpc/codegenv1/server'

export const runtime: Imported<
  | 'CompiledLexicons'
  | 'CompiledValidators'
  | 'DeclaredError'
  | 'DeclaredErrorOptions'
  | 'MethodConfigOrHandler'
  | 'MethodDescriptor'
  | 'MethodSettings'
  | 'SubscribeOptions'
  | 'SubscriptionDescriptor'
  | 'assertValid'
  | 'callMethod'
  | 'subscribeTo'
  | 'XrpcService'
  | 'implement'
> = {
  CompiledLexicons: valueFrom(RUNTIME, 'CompiledLexicons'),
  CompiledValidators: typeFrom(RUNTIME, 'CompiledValidators'),
  DeclaredError: valueFrom(RUNTIME, 'DeclaredError'),
  DeclaredErrorOptions: typeFrom(RUNTIME, 'DeclaredErrorOptions'),
  MethodConfigOrHandler: typeFrom(SERVER_RUNTIME, 'MethodConfigOrHandler'),
  MethodDescriptor: typeFrom(RUNTIME, 'MethodDescriptor'),
  MethodSettings: typeFrom(SERVER_RUNTIME, 'MethodSettings'),
  SubscribeOptions: typeFrom(RUNTIME, 'SubscribeOptions'),
  SubscriptionDescriptor: typeFrom(RUNTIME, 'SubscriptionDescriptor'),
  assertValid: valueFrom(RUNTIME, 'assertValid'),
  callMethod: valueFrom(RUNTIME, 'callMethod'),
  subscribeTo: valueFrom(RUNTIME, 'subscribeTo'),
  XrpcService: valueFrom(SERVER_RUNTIME, 'XrpcService'),
  implement: valueFrom(SERVER_RUNTIME, 'implement'),
}

const CHECKS = [
  'acceptsNothing',
  'assigned',
  'hasAtLeastBytes',
  'hasAtLeastGraphemes',
  'hasAtMostBytes',
  'hasAtMostGraphemes',
  'isArrayOf',
  'isAtIdentifier',
  'isAtUri',
  'isBlob',
  'isBoolean',
  'isBytes',
  'isCid',
  'isCidText',
  'isDatetime',
  'isDid',
  'isHandle',
  'isIntegerIn',
  'isLanguage',
  'isNsid',
  'isObject',
  'isRecordKey',
  'isString',
  'isTid',
  'isUri',
  'maybeArrayOf',
  'maybeAtIdentifier',
  'maybeAtMostBytes',
  'maybeAtUri',
  'maybeBlob',
  'maybeBoolean',
  'maybeBytes',
  'maybeCid',
  'maybeCidText',
  'maybeDatetime',
  'maybeDid',
  'maybeHandle',
  'maybeInteger',
  'maybeIntegerIn',
  'maybeObject',
  'maybeString',
  'maybeUri',
  'replaceItems',
  'typeNamed',
] as const

/** The checks that validators call. */
export const checks: Imported<(typeof CHECKS)[number]> = Object.fromEntries(
  CHECKS.map((check) => [check, valueFrom(RUNTIME, check)]),
) as Imported<(typeof CHECKS)[number]>

export const xrpcServer: Imported<
  | 'Auth'
  | 'ErrorFrame'
  | 'MethodConfig'
  | 'MethodHandler'
  | 'Options'
  | 'Server'
  | 'StreamConfig'
  | 'StreamConfigOrHandler'
  | 'StreamHandler'
> = {
  Auth: typeFrom('@atproto/xrpc-server', 'Auth'),
  ErrorFrame: typeFrom('@atproto/xrpc-server', 'ErrorFrame'),
  MethodConfig: typeFrom('@atproto/xrpc-server', 'MethodConfig'),
  MethodHandler: typeFrom('@atproto/xrpc-server', 'MethodHandler'),
  Options: { ...typeFrom('@atproto/xrpc-server', 'Options'), local: 'XrpcOptions' },
  Server: { ...typeFrom('@atproto/xrpc-server', 'Server'), local: 'XrpcServer' },
  StreamConfig: typeFrom('@atproto/xrpc-server', 'StreamConfig'),
  StreamConfigOrHandler: typeFrom('@atproto/xrpc-server', 'StreamConfigOrHandler'),
  StreamHandler: typeFrom('@atproto/xrpc-server', 'StreamHandler'),
}

export const xrpc: Imported<
  | 'FetchHandler'
  | 'FetchHandlerOptions'
  | 'HeadersMap'
  | 'XRPCError'
  | 'XRPCErrorType'
  | 'XrpcClient'
  | 'XrpcClientType'
> = {
  FetchHandler: typeFrom('@atproto/xrpc', 'FetchHandler'),
  FetchHandlerOptions: typeFrom('@atproto/xrpc', 'FetchHandlerOptions'),
  HeadersMap: typeFrom('@atproto/xrpc', 'HeadersMap'),
  XRPCError: valueFrom('@atproto/xrpc', 'XRPCError'),
  XRPCErrorType: typeFrom('@atproto/xrpc', 'XRPCError'),
  XrpcClient: valueFrom('@atproto/xrpc', 'XrpcClient'),
  XrpcClientType: typeFrom('@atproto/xrpc', 'XrpcClient'),
}

export const lexicon: Imported<
  'BlobRef' | 'BlobRefClass' | 'LexiconDoc' | 'Lexicons' | 'ValidationError' | 'ValidationResult'
> = {
  BlobRef: typeFrom('@atproto/lexicon', 'BlobRef'),
  BlobRefClass: valueFrom('@atproto/lexicon', 'BlobRef'),
  LexiconDoc: typeFrom('@atproto/lexicon', 'LexiconDoc'),
  Lexicons: valueFrom('@atproto/lexicon', 'Lexicons'),
  ValidationError: valueFrom('@atproto/lexicon', 'ValidationError'),
  ValidationResult: typeFrom('@atproto/lexicon', 'ValidationResult'),
}

export const multiformats: Imported<'CID'> = { CID: typeFrom('multiformats/cid', 'CID') }

export const node: Imported<'Readable'> = {
  Readable: typeFrom('node:stream', 'Readable'),
}

export const platform: Global<
  'AbortSignal' | 'Array' | 'AsyncIterable' | 'URL' | 'Blob' | 'Number' | 'Promise' | 'Uint8Array'
> = {
  AbortSignal: platformGlobal('AbortSignal'),
  Array: platformGlobal('Array'),
  AsyncIterable: platformGlobal('AsyncIterable'),
  Blob: platformGlobal('Blob'),
  Number: platformGlobal('Number'),
  Promise: platformGlobal('Promise'),
  URL: platformGlobal('URL'),
  Uint8Array: platformGlobal('Uint8Array'),
}

/** Modules of the output that others use. */
export const output: Imported<
  'lexicons' | 'validate' | 'validators' | '$Typed' | '$TypedObject' | 'is$typed' | 'maybe$typed'
> = {
  lexicons: local('lexicons', 'lexicons'),
  validate: local('lexicons', 'validate'),
  validators: local('validators', 'validators'),
  $Typed: localType('util', '$Typed'),
  $TypedObject: localType('util', '$TypedObject'),
  is$typed: local('util', 'is$typed'),
  maybe$typed: local('util', 'maybe$typed'),
}
