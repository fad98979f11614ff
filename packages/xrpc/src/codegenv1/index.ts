/**
 * Runtime of generated code, for servers, clients and browsers. The entry is versioned: code generated for
 * it works as long as it exists.
 */
export type {
  AtIdentifierString,
  AtUriString,
  DatetimeString,
  DidString,
  HandleString,
  NsidString,
  RecordKeyString,
  TidString,
  UriString,
} from '@atproto/syntax'
export { isBlob, maybeBlob } from './blobs.ts'
export {
  type Call,
  callMethod,
  callOf,
  type MethodDescriptor,
  type ParameterTypes,
} from './call-method.ts'
export {
  isAtIdentifier,
  isAtUri,
  isDatetime,
  isDid,
  isHandle,
  isLanguage,
  isNsid,
  isRecordKey,
  isTid,
  isUri,
  maybeAtIdentifier,
  maybeAtUri,
  maybeDatetime,
  maybeDid,
  maybeHandle,
  maybeUri,
} from './checks.ts'
export {
  CompiledLexicons,
  type CompiledValidator,
  type CompiledValidators,
  type ValidatorTable,
} from './compiled-lexicons.ts'
export {
  DeclaredError,
  type DeclaredErrorOptions,
  knownErrors,
  NamedError,
  type ToKnownErr,
  withKnownErrors,
} from './declared-error.ts'
export {
  hasAtLeastBytes,
  hasAtLeastGraphemes,
  hasAtMostBytes,
  hasAtMostGraphemes,
  maybeAtMostBytes,
} from './lengths.ts'
export { isCid, isCidText, maybeCid, maybeCidText } from './links.ts'
export type {
  CallSettings,
  DataResponse,
  DeclaredAnswer,
  Defaulted,
  EmptyResponse,
  ErrorAnswer,
  InputBody,
  InputSettings,
  OutputBody,
  ParamsSettings,
} from './method-types.ts'
export {
  type FoundRecord,
  RecordClient,
  type RecordPlace,
  type StoredRecord,
  type WriteParams,
} from './record-client.ts'
export { StrictLexicons } from './strict-lexicons.ts'
export type { Strictness } from './strict-review.ts'
export {
  acceptsNothing,
  assigned,
  isArrayOf,
  isBoolean,
  isBytes,
  isIntegerIn,
  isObject,
  isString,
  maybeArrayOf,
  maybeBoolean,
  maybeBytes,
  maybeInteger,
  maybeIntegerIn,
  maybeObject,
  maybeString,
  replaceItems,
  typeNamed,
} from './structures.ts'
export {
  type SubscribeOptions,
  type SubscriptionDescriptor,
  subscribeTo,
} from './subscribe.ts'
export {
  type $Type,
  type $Typed,
  type $TypedObject,
  type $Unknown,
  type $UnknownType,
  type Assert,
  asPredicate,
  assertion,
  assertValid,
  type Guard,
  guard,
  is$typed,
  maybe$typed,
  type OmitKey,
  type Un$Typed,
  unknown$typed,
  type Validate,
  type Validator,
  type ValidatorParam,
  validation,
} from './typed.ts'
