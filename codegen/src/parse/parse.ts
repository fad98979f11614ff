import { type Diagnostic, diagnostic } from '../report/diagnostic.ts'
import { checkDocument } from './check-document.ts'
import { applyMergePatch } from './overlay.ts'
import type { LexiconDocument } from './schema.ts'
import type { SourceFile, Sources } from './source.ts'

/** A checked document, and the file to name when something about it turns out wrong later. */
export interface ParsedDocument {
  readonly file: string
  readonly document: LexiconDocument
}

export interface ParseResult {
  /** Sorted by id, so that nothing later depends on the order in which a disk lists its files. */
  readonly documents: readonly ParsedDocument[]
  /** The ids of all documents, those with problems included: a reference to one of them is not lost. */
  readonly ids: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

/** Texts → checked documents, overlays applied. Reports every problem of every file. */
export function parse(sources: Sources): ParseResult {
  const diagnostics: Diagnostic[] = []
  const overlays = new Map<string, Overlay>()
  for (const source of sources.overlays) {
    const parsed = parseJson(source)
    if ('problem' in parsed) diagnostics.push(parsed.problem)
    else overlays.set(nsidOf(source), { source, patch: parsed.json })
  }

  const parsedById = new Map<string, ParsedDocument>()
  const ids = new Set<string>()
  for (const source of sources.documents) {
    const { parsed, published } = read(source)
    if ('problem' in parsed) {
      diagnostics.push(parsed.problem)
      continue
    }
    diagnostics.push(...published.diagnostics)
    const id = published.document?.id ?? idOf(parsed.json)
    if (id !== undefined) ids.add(id)
    if (!published.document) continue

    const placed = checkPlace(source, published.document, parsedById)
    if (placed) {
      diagnostics.push(placed)
      continue
    }
    const overlay = overlays.get(published.document.id)
    const final = overlay ? overlaid(source, parsed.json, overlay) : published
    if (overlay) diagnostics.push(...final.diagnostics)
    if (!final.document) continue
    const file = overlay ? overlay.source.path : source.path
    parsedById.set(published.document.id, { file, document: final.document })
  }

  for (const [nsid, { source }] of overlays) {
    if (!ids.has(nsid)) {
      const message = `There is no document ${nsid} to lay this over.`
      diagnostics.push(diagnostic('orphan-overlay', { file: source.path, path: [] }, message))
    }
  }
  const documents = [...parsedById.values()].sort((a, b) => compare(a.document.id, b.document.id))
  return { documents, ids, diagnostics }
}

interface Overlay {
  readonly source: SourceFile
  readonly patch: unknown
}

type Checked = ReturnType<typeof checkDocument>

/** A file as JSON and as a document. Files are immutable, so what was read once is remembered. */
function read(source: SourceFile): {
  readonly parsed: ReturnType<typeof parseJson>
  readonly published: Checked
} {
  const known = readBefore.get(source)
  if (known) return known
  const parsed = parseJson(source)
  const published = 'json' in parsed ? checkDocument(parsed.json, source.path) : { diagnostics: [] }
  const result = { parsed, published }
  readBefore.set(source, result)
  return result
}
const readBefore = new WeakMap<SourceFile, ReturnType<typeof read>>()

/** A document with its overlay on top, remembered like the document itself. */
function overlaid(source: SourceFile, json: unknown, overlay: Overlay): Checked {
  const known = overlaidBefore.get(source)
  if (known?.overlay === overlay.source) return known.result
  const result = checkDocument(applyMergePatch(json, overlay.patch), overlay.source.path)
  overlaidBefore.set(source, { overlay: overlay.source, result })
  return result
}
const overlaidBefore = new WeakMap<
  SourceFile,
  { readonly overlay: SourceFile; readonly result: Checked }
>()

/** Orders by code unit: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function checkPlace(
  source: SourceFile,
  { id }: LexiconDocument,
  earlier: ReadonlyMap<string, ParsedDocument>,
): Diagnostic | undefined {
  const at = { file: source.path, path: ['id'] }
  const first = earlier.get(id)
  if (first)
    return diagnostic('duplicate-document', at, `${id} is already defined in ${first.file}.`)
  // A folder given as --lexicons may itself lie inside the tree (lexicons/com), hence the suffix.
  if (id !== nsidOf(source) && !id.endsWith(`.${nsidOf(source)}`)) {
    return diagnostic('path-mismatch', at, `${id} does not match the path ${source.name}.json.`)
  }
  return undefined
}

function nsidOf(source: SourceFile): string {
  return source.name.replaceAll('/', '.')
}

function idOf(json: unknown): string | undefined {
  const id = (json as { id?: unknown } | null)?.id
  return typeof id === 'string' ? id : undefined
}

function parseJson(source: SourceFile): { json: unknown } | { problem: Diagnostic } {
  try {
    // A byte order mark is what some editors leave in front of a file.
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
