import { STRICT_NAMES } from '../emit/strictness.ts'
import { SEVERITIES, type Severity } from '../lint/finding.ts'
import type { Location } from '../report/diagnostic.ts'
import type { Report } from '../report/render.ts'
import { isPattern } from '../select/pattern.ts'
import { suggestion } from './suggest.ts'

/** Schema of the configuration, which has the settings of the long options. Paths are relative to the file. */
export interface Config {
  /** The JSON schema of this file, for editors. */
  readonly $schema?: string
  readonly lexicons?: readonly string[]
  readonly overlays?: readonly string[]
  readonly out?: string
  readonly importExt?: 'ts' | 'js' | 'none'
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  /** NSID patterns and the packages that contain their generated modules. */
  readonly import?: { readonly [pattern: string]: string }
  readonly server?: boolean
  readonly client?: boolean
  /** Points in which validators follow the specification: `blobs`, `records`, `array-defaults`. */
  readonly strict?: readonly string[]
  /** True if comparing `$type` narrows an open union, which then accepts only its members and marked values. */
  readonly narrowUnions?: boolean
  /** True to give strings with a format the types of `@atproto/syntax`. */
  readonly formatTypes?: boolean
  /** True to write a module per method for the small client. */
  readonly calls?: boolean
  /** True to write an OpenAPI description next to the modules. */
  readonly openapi?: boolean
  /** True if documents must be at the path of their id. */
  readonly strictPaths?: boolean
  /** True to leave out documents with problems, and those that need them. */
  readonly skipInvalid?: boolean
  /** True to omit the descriptions of documents from packages. */
  readonly omitDescriptions?: boolean
  /** The severity of a lint rule's findings, or `off`. */
  readonly lint?: { readonly [rule: string]: Severity | 'off' }
  /** Lint rules that are off, globally or at one place. */
  readonly lintIgnore?: readonly string[]
  readonly docsOut?: string
}

export type ConfigKind =
  | 'string'
  | 'strings'
  | 'patterns'
  | 'packages'
  | 'severities'
  | 'boolean'
  | 'ending'
  | 'strictness'

/** Every key and its meaning. */
export const CONFIG_KEYS: Readonly<Record<keyof Config, { kind: ConfigKind; about: string }>> = {
  $schema: { kind: 'string', about: 'the JSON schema of this file, for editors' },
  lexicons: {
    kind: 'strings',
    about: 'folders with lexicon documents, documents, or `npm:<package>`',
  },
  overlays: { kind: 'strings', about: 'folders with merge patches' },
  out: { kind: 'string', about: 'where `generate` writes' },
  importExt: { kind: 'ending', about: '`ts`, `js` or `none`' },
  include: { kind: 'patterns', about: 'only these NSIDs, and what they need' },
  exclude: { kind: 'patterns', about: 'not these NSIDs' },
  import: { kind: 'packages', about: '`{ "com.example.*": "@example/lexicons" }`' },
  server: { kind: 'boolean', about: '`false` writes no server' },
  client: { kind: 'boolean', about: '`false` writes no client' },
  strict: { kind: 'strictness', about: '`blobs`, `records`, `array-defaults`: see Validators' },
  narrowUnions: {
    kind: 'boolean',
    about: '`true` lets a comparison of `$type` narrow an open union: see Types',
  },
  formatTypes: {
    kind: 'boolean',
    about: '`true` types strings by their format, `DidString` and so on: see Types',
  },
  calls: {
    kind: 'boolean',
    about: '`true` writes `calls/`, a module per method for small bundles',
  },
  openapi: { kind: 'boolean', about: '`true` writes `openapi.json` beside the modules' },
  strictPaths: {
    kind: 'boolean',
    about: '`true` refuses documents that are not at the path of their id',
  },
  skipInvalid: {
    kind: 'boolean',
    about: '`true` leaves out documents with problems, and those that need them',
  },
  omitDescriptions: {
    kind: 'boolean',
    about: '`true` leaves out the descriptions of documents from packages',
  },
  lint: {
    kind: 'severities',
    about: 'severities of rules: `{ "closed-enum": "error" }`; or `info`, `warning`, `off`',
  },
  lintIgnore: {
    kind: 'strings',
    about: 'lint rules to ignore: `rule`, or `rule@nsid#path` at one place',
  },
  docsOut: { kind: 'string', about: 'where `docs` writes' },
}

/** Checks a configuration and reports every problem in it. */
export function checkConfig(
  value: unknown,
  file: string,
  prefix: Location['path'],
): { readonly config?: Config; readonly problems: readonly Report[] } {
  const problems: Report[] = []
  const report = (path: Location['path'], message: string, help: string): void => {
    problems.push({
      code: 'invalid-config',
      message,
      help,
      at: { file, path: [...prefix, ...path] },
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report([], 'A configuration is a JSON object.', `It may have: ${keys.join(', ')}.`)
    return { problems }
  }
  for (const [key, entry] of Object.entries(value)) {
    if (!isKey(key)) {
      const guess = suggestion(key, keys)
      report([key], `There is no setting "${key}".${guess}`, `There are: ${keys.join(', ')}.`)
      continue
    }
    const { kind } = CONFIG_KEYS[key]
    if (!FITS[kind].test(entry)) report([key], `"${key}" is not valid.`, FITS[kind].help)
  }
  return problems.length === 0 ? { config: value as Config, problems } : { problems }
}

const keys = Object.keys(CONFIG_KEYS)

function isKey(key: string): key is keyof Config {
  return Object.hasOwn(CONFIG_KEYS, key)
}

const isString = (value: unknown): value is string => typeof value === 'string' && value !== ''
const areStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every(isString)

const FITS: Readonly<Record<ConfigKind, { test(value: unknown): boolean; help: string }>> = {
  string: { test: isString, help: 'Write a string.' },
  strings: { test: areStrings, help: 'Write an array of strings.' },
  boolean: { test: (value) => typeof value === 'boolean', help: 'Write true or false.' },
  strictness: {
    test: (value) => areStrings(value) && value.every((name) => Object.hasOwn(STRICT_NAMES, name)),
    help: `Write an array of: ${Object.keys(STRICT_NAMES).join(', ')}.`,
  },
  ending: {
    test: (value) => value === 'ts' || value === 'js' || value === 'none',
    help: 'Write "ts", "js" or "none".',
  },
  severities: {
    test: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((one) => one === 'off' || SEVERITIES.includes(one)),
    help: `Write an object such as { "closed-enum": "info" }, with: ${SEVERITIES.join(', ')}, off.`,
  },
  patterns: {
    test: (value) => areStrings(value) && value.every(isPattern),
    help: 'Write an array of NSIDs, or of patterns such as "com.example.*".',
  },
  packages: {
    test: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(([pattern, name]) => isPattern(pattern) && isString(name)),
    help: 'Write an object such as { "com.example.*": "@example/lexicons" }.',
  },
}
