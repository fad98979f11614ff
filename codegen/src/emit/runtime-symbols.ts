import type { GlobalSymbol, ImportedSymbol } from './code.ts'
import { local, localType, platformGlobal, typeFrom, valueFrom } from './module.ts'

/** Every symbol that generated code imports. */

type Imported<Name extends string> = Readonly<Record<Name, ImportedSymbol>>
type Global<Name extends string> = Readonly<Record<Name, GlobalSymbol>>

/** The versioned entry that generated code uses; works in browsers. */
export const RUNTIME = '@lexwright/xrpc/codegenv1'
/** The same for servers. */
const SERVER_RUNTIME = '@lexwright/xrpc/codegenv1/server'
/** The versioned entry that calls of the small client use. */
const CLIENT_RUNTIME = '@lexwright/xrpc/clientv1'

const VALUES = [
  'CompiledLexicons',
  'NamedError',
  'RecordClient',
  'assertion',
  'callOf',
  'guard',
  'knownErrors',
  'subscribeTo',
  'validation',
  'withKnownErrors',
] as const

const TYPES = [
  'Assert',
  'Call',
  'CallSettings',
  'CompiledValidators',
  'DataResponse',
  'DeclaredAnswer',
  'Defaulted',
  'EmptyResponse',
  'ErrorAnswer',
  'Guard',
  'InputBody',
  'InputSettings',
  'OutputBody',
  'ParamsSettings',
  'SubscribeOptions',
  'SubscriptionDescriptor',
  'ToKnownErr',
  'Validate',
] as const

const SERVER_VALUES = ['XrpcService', 'implement'] as const

export const runtime: Imported<
  (typeof VALUES)[number] | (typeof TYPES)[number] | (typeof SERVER_VALUES)[number] | 'MethodConfig'
> = {
  ...imported(VALUES, (value) => valueFrom(RUNTIME, value)),
  ...imported(TYPES, (type) => typeFrom(RUNTIME, type)),
  ...imported(SERVER_VALUES, (value) => valueFrom(SERVER_RUNTIME, value)),
  MethodConfig: typeFrom(SERVER_RUNTIME, 'MethodConfig'),
}

function imported<Name extends string>(
  names: readonly Name[],
  symbolOf: (name: Name) => ImportedSymbol,
): Imported<Name> {
  return Object.fromEntries(names.map((name) => [name, symbolOf(name)])) as Imported<Name>
}

export const smallClient: Imported<
  'Bytes' | 'CallError' | 'Procedure' | 'Query' | 'bytes' | 'json' | 'lexJson'
> = {
  Bytes: typeFrom(CLIENT_RUNTIME, 'Bytes'),
  CallError: valueFrom(CLIENT_RUNTIME, 'CallError'),
  Procedure: typeFrom(CLIENT_RUNTIME, 'Procedure'),
  Query: typeFrom(CLIENT_RUNTIME, 'Query'),
  bytes: valueFrom(CLIENT_RUNTIME, 'bytes'),
  json: valueFrom(CLIENT_RUNTIME, 'json'),
  lexJson: valueFrom(`${CLIENT_RUNTIME}/values`, 'lexJson'),
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
export const checks: Imported<(typeof CHECKS)[number]> = imported(CHECKS, (check) =>
  valueFrom(RUNTIME, check),
)

/** Types of `@atproto/xrpc-server`, re-exported by the server entry: one import less for the compiler to resolve. */
export const xrpcServer: Imported<
  'Auth' | 'ErrorFrame' | 'MethodHandler' | 'Options' | 'Server' | 'StreamConfig' | 'StreamHandler'
> = {
  Auth: typeFrom(SERVER_RUNTIME, 'Auth'),
  ErrorFrame: typeFrom(SERVER_RUNTIME, 'ErrorFrame'),
  MethodHandler: typeFrom(SERVER_RUNTIME, 'MethodHandler'),
  Options: { ...typeFrom(SERVER_RUNTIME, 'Options'), local: 'XrpcOptions' },
  Server: { ...typeFrom(SERVER_RUNTIME, 'Server'), local: 'XrpcServer' },
  StreamConfig: typeFrom(SERVER_RUNTIME, 'StreamConfig'),
  StreamHandler: typeFrom(SERVER_RUNTIME, 'StreamHandler'),
}

export const xrpc: Imported<
  'FetchHandler' | 'FetchHandlerOptions' | 'XrpcClient' | 'XrpcClientType'
> = {
  FetchHandler: typeFrom('@atproto/xrpc', 'FetchHandler'),
  FetchHandlerOptions: typeFrom('@atproto/xrpc', 'FetchHandlerOptions'),
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

/** The type of a string by its format; `cid` and `language` have none. */
export const FORMAT_TYPES: ReadonlyMap<string, ImportedSymbol> = new Map(
  [
    ['at-identifier', 'AtIdentifierString'],
    ['at-uri', 'AtUriString'],
    ['datetime', 'DatetimeString'],
    ['did', 'DidString'],
    ['handle', 'HandleString'],
    ['nsid', 'NsidString'],
    ['record-key', 'RecordKeyString'],
    ['tid', 'TidString'],
    ['uri', 'UriString'],
  ].map(([format = '', type = '']) => [format, typeFrom(RUNTIME, type)]),
)

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

/** Modules of the output that others import. */
export const output: Imported<
  'lexicons' | 'validate' | 'validators' | '$Typed' | '$Unknown' | 'is$typed' | 'maybe$typed'
> = {
  lexicons: local('lexicons', 'lexicons'),
  validate: local('lexicons', 'validate'),
  validators: local('validators', 'validators'),
  $Typed: localType('util', '$Typed'),
  $Unknown: localType('util', '$Unknown'),
  is$typed: local('util', 'is$typed'),
  maybe$typed: local('util', 'maybe$typed'),
}
