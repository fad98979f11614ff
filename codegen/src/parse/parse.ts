import { isDeepStrictEqual } from 'node:util'
import { type Diagnostic, diagnostic, type Location } from '../report/diagnostic.ts'
import { checkDocument, isTooDeep } from './check-document.ts'
import { withoutDescriptions } from './descriptions.ts'
import { applyMergePatch } from './overlay.ts'
import type { LexiconDocument } from './schema.ts'
import type { SourceFile, Sources } from './source.ts'

/** A checked document, with the file to name in later diagnostics. */
export interface ParsedDocument {
  readonly file: string
  /** The package it comes from; absent for the project's own. */
  readonly origin?: string
  readonly document: LexiconDocument
}

export interface ParseOptions {
  /** True if a document must be at the path of its id; default a warning. */
  readonly strictPaths?: boolean
  /** True to remove descriptions from documents of packages; overlays can add others. */
  readonly omitDescriptions?: boolean
}

export interface ParseResult {
  /** Sorted by id, so that the order of files on disk does not matter. */
  readonly documents: readonly ParsedDocument[]
  /**
   * The ids of all documents, including those with problems: a reference to one of them is not
   * unresolved.
   */
  readonly ids: ReadonlySet<string>
  /** Ids of unreadable files, guessed from their paths: the real id may have more or fewer segments in front. */
  readonly unreadable: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
  /** Notes about skipped files, and warnings. */
  readonly warnings: readonly Diagnostic[]
}

/**
 * Parses texts into checked documents with overlays applied. Reports every problem of every file.
 */
export function parse(sources: Sources, options: ParseOptions = {}): ParseResult {
  const parser = new Parser(sources, options)
  for (const source of sources.documents) parser.add(source)
  return parser.end()
}

/** True if a document exists, even if it is unreadable or has problems: those are reported separately. */
export function isGiven(
  nsid: string,
  { ids, unreadable }: Pick<ParseResult, 'ids' | 'unreadable'>,
): boolean {
  return (
    ids.has(nsid) ||
    unreadable.some((path) => path === ANY || isAtPath(nsid, path) || isAtPath(path, nsid))
  )
}

/** Represents the path of an unreadable folder: any document may be in it. */
const ANY = ''

interface Overlay {
  readonly source: SourceFile
  readonly patch: unknown
}

type Checked = ReturnType<typeof checkDocument>

class Parser {
  readonly #options: ParseOptions
  readonly #overlays = new Map<string, Overlay>()
  readonly #ids = new Set<string>()
  readonly #unreadable: string[]
  readonly #diagnostics: Diagnostic[]
  readonly #warnings: Diagnostic[] = []
  /** The published form by id: two files may contain the same document. */
  readonly #first = new Map<string, SourceFile>()
  readonly #documents: ParsedDocument[] = []

  constructor({ overlays, unreadable = [] }: Sources, options: ParseOptions) {
    this.#options = options
    this.#diagnostics = [...unreadable]
    this.#unreadable = unreadable.map(({ at: { file } }) =>
      file.endsWith('.json') ? nsidOf(file.slice(0, -'.json'.length)) : ANY,
    )
    for (const source of overlays) {
      const parsed = parseJson(source)
      if ('problem' in parsed) this.#report(parsed.problem)
      else if (isTooDeep(parsed.json)) {
        this.#reportAt('invalid-field', source, 'This is nested too deeply.')
      } else this.#overlays.set(nsidOf(source.name), { source, patch: parsed.json })
    }
  }

  add(source: SourceFile): void {
    const { parsed, published } = read(source, this.#omits(source))
    if ('problem' in parsed) {
      this.#unreadable.push(nsidOf(source.name))
      this.#report(parsed.problem)
      return
    }
    if (published.isForeign) {
      const message = `${source.path} is not a lexicon document and is skipped.`
      this.#warnings.push(diagnostic('foreign-json', { file: source.path, path: [] }, message))
      return
    }
    for (const problem of published.diagnostics) this.#report(problem)
    const id = published.document?.id ?? idOf(parsed.json)
    if (id !== undefined) this.#ids.add(id)
    if (published.document && this.#isPlaced(source, published.document)) {
      this.#lay(source, published)
    }
  }

  end(): ParseResult {
    for (const [nsid, { source }] of this.#overlays) {
      if (isGiven(nsid, { ids: this.#ids, unreadable: this.#unreadable })) continue
      this.#reportAt('orphan-overlay', source, `There is no document ${nsid} for this overlay.`)
    }
    return {
      documents: this.#documents.sort((a, b) => compare(a.document.id, b.document.id)),
      ids: this.#ids,
      unreadable: this.#unreadable,
      diagnostics: this.#diagnostics,
      warnings: this.#warnings,
    }
  }

  #omits({ origin }: SourceFile): boolean {
    return origin !== undefined && this.#options.omitDescriptions === true
  }

  /** True if a document is the first with its id and its location is allowed. */
  #isPlaced(source: SourceFile, { id }: LexiconDocument): boolean {
    const first = this.#first.get(id)
    if (first) {
      // The project's own document overrides that of a package.
      const isOwn = first.origin === undefined && source.origin !== undefined
      if (!isOwn && !isSame(first, source)) {
        const message = `${id} is already defined in ${first.path}.`
        this.#reportAt('duplicate-document', source, message, ['id'])
      }
      return false
    }
    // A folder given as --lexicons may be inside the tree (lexicons/com), so only the end of the id is
    // compared.
    if (!isAtPath(id, nsidOf(source.name))) {
      const at = { file: source.path, path: ['id'] }
      const message = `${id} does not match the path ${source.name}.json.`
      const problem = diagnostic('path-mismatch', at, message)
      if (this.#options.strictPaths) {
        this.#report(problem)
        return false
      }
      this.#warnings.push(problem)
    }
    this.#first.set(id, source)
    return true
  }

  #lay(source: SourceFile, published: Checked): void {
    const overlay = this.#overlays.get(published.document?.id ?? '')
    const final = overlay ? overlaid(source, published.document, overlay) : published
    if (overlay) for (const problem of final.diagnostics) this.#report(problem)
    if (overlay && final.isForeign) {
      const { id = '' } = published.document ?? {}
      const message = `With this overlay ${id} is no lexicon document.`
      this.#reportAt('not-a-document', overlay.source, message)
    }
    if (!final.document) return
    const file = overlay ? overlay.source.path : source.path
    const origin = source.origin !== undefined && { origin: source.origin }
    this.#documents.push({ file, document: final.document, ...origin })
  }

  #report(problem: Diagnostic): void {
    this.#diagnostics.push(problem)
  }

  #reportAt(
    code: Diagnostic['code'],
    { path: file }: SourceFile,
    message: string,
    path: Location['path'] = [],
  ): void {
    this.#report(diagnostic(code, { file, path }, message))
  }
}

/** A file as JSON and as a document, cached, since files are immutable. */
function read(source: SourceFile, omitDescriptions: boolean): Read {
  const known = readBefore.get(source)
  if (known?.omitDescriptions === omitDescriptions) return known
  const parsed = parseJson(source)
  const published = 'json' in parsed ? checkDocument(parsed.json, source.path) : { diagnostics: [] }
  const { document } = published
  const isStripped = omitDescriptions && document !== undefined
  const result = {
    parsed,
    published: isStripped ? { ...published, document: withoutDescriptions(document) } : published,
    omitDescriptions,
  }
  readBefore.set(source, result)
  return result
}
const readBefore = new WeakMap<SourceFile, Read>()

interface Read {
  readonly parsed: ReturnType<typeof parseJson>
  readonly published: Checked
  readonly omitDescriptions: boolean
}

/** A document with its overlay, cached like the document. */
function overlaid(source: SourceFile, json: unknown, overlay: Overlay): Checked {
  const known = overlaidBefore.get(source)
  if (known?.overlay === overlay.source && known.json === json) return known.result
  const result = checkDocument(applyMergePatch(json, overlay.patch), overlay.source.path)
  overlaidBefore.set(source, { overlay: overlay.source, json, result })
  return result
}
const overlaidBefore = new WeakMap<
  SourceFile,
  { readonly overlay: SourceFile; readonly json: unknown; readonly result: Checked }
>()

/** Orders by code unit, independent of the locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isSame(one: SourceFile, other: SourceFile): boolean {
  return isDeepStrictEqual(parseJson(one), parseJson(other))
}

/** True if a path, written as an NSID, equals an id or its end. */
function isAtPath(nsid: string, path: string): boolean {
  return nsid === path || nsid.endsWith(`.${path}`)
}

function nsidOf(name: string): string {
  return name.replaceAll('/', '.')
}

function idOf(json: unknown): string | undefined {
  const id = (json as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id : undefined
}

function parseJson(source: SourceFile): { json: unknown } | { problem: Diagnostic } {
  try {
    // Some editors add a byte order mark.
    return { json: JSON.parse(source.text.replace(/^\ufeff/, '')) }
  } catch (error) {
    const { message } = error as Error
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? source.text.length)
    const reason = message
      .replace(/ in JSON at position.*$/s, '')
      .replace(/, "?.*is not valid JSON$/s, '')
    const at = { file: source.path, path: [], offset }
    return { problem: diagnostic('invalid-json', at, `This is not JSON: ${reason}.`) }
  }
}
