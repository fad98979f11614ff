import { isDeepStrictEqual } from 'node:util'
import { type GenerateOptions, type GenerateResult, generateFrom } from '../generate.ts'
import { packageNameOf } from '../packages/read-package.ts'
import { readSources } from '../parse/read-sources.ts'
import { readText } from '../parse/read-text.ts'
import type { SourceFile, Sources } from '../parse/source.ts'
import { Printer } from '../print/print.ts'
import { Changes, type Settings } from './changes.ts'

export interface WatchOptions extends Omit<GenerateOptions, 'check'> {
  /** The files of the options; a change to them ends the watch. */
  readonly settings: Settings
  /** Called after each run, with the milliseconds since the first sign of a change. */
  readonly onResult: (result: GenerateResult, milliseconds: number) => void
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/**
 * Generates once, and again after every change to the lexicons, until the signal is aborted or a settings file
 * changes. Sources and results stay in memory, so that a changed document costs reading one file and writing what
 * differs.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const session = new WatchSession(options)
  const { lexicons, overlays = [], settings, signal, onResult } = options
  const folders = [...lexicons, ...overlays].filter((one) => packageNameOf(one) === undefined)
  const changes = new Changes(folders, settings)
  const end = (): void => changes.end()
  signal.addEventListener('abort', end, { once: true })
  try {
    const started = performance.now()
    onResult(await session.start(), performance.now() - started)
    if (signal.aborted) return
    for await (const { paths, settings: areOthers, since } of changes) {
      if (areOthers) return
      const result = await session.update(paths)
      if (result) onResult(result, performance.now() - since)
    }
  } finally {
    changes.end()
    signal.removeEventListener('abort', end)
  }
}

/** Waits for a change to the settings, or the signal. */
export async function changeOf(settings: Settings, signal: AbortSignal): Promise<void> {
  const changes = new Changes([], settings)
  const end = (): void => changes.end()
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  for await (const _ of changes) break
  end()
  signal.removeEventListener('abort', end)
}

class WatchSession {
  readonly #options: GenerateOptions
  #sources: Sources = { documents: [], overlays: [] }

  constructor(options: WatchOptions) {
    this.#options = { ...options, check: false, printer: new Printer() }
  }

  async start(): Promise<GenerateResult> {
    this.#sources = keepKnown(await readSources(this.#options), this.#sources)
    return await generateFrom(this.#sources, this.#options)
  }

  /** Runs after changes at some paths; `undefined` if no text differs. */
  async update(paths: ReadonlySet<string>): Promise<GenerateResult | undefined> {
    const sources =
      this.#reread(paths) ?? keepKnown(await readSources(this.#options), this.#sources)
    if (areSame(sources, this.#sources)) return undefined
    this.#sources = sources
    return await generateFrom(sources, this.#options)
  }

  /**
   * The sources with the changed files read again; `undefined` if files may have been added or removed.
   */
  #reread(paths: ReadonlySet<string>): Sources | undefined {
    const known = [...this.#sources.documents, ...this.#sources.overlays]
    const affected = known.filter(({ path }) => paths.has(path))
    const isComplete = this.#sources.unreadable?.length === 0
    if (!isComplete || affected.length !== paths.size) return undefined
    const changed = new Map<SourceFile, SourceFile>()
    for (const file of affected) {
      const text = readIfThere(file.path)
      if (text === undefined) return undefined
      // Empty so far: an editor has truncated it, and is about to write.
      if (text !== '' && text !== file.text) changed.set(file, { ...file, text })
    }
    if (changed.size === 0) return this.#sources
    const replace = (file: SourceFile): SourceFile => changed.get(file) ?? file
    return {
      ...this.#sources,
      documents: this.#sources.documents.map(replace),
      overlays: this.#sources.overlays.map(replace),
    }
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readText(path)
  } catch {
    return undefined
  }
}

function areSame(one: Sources, other: Sources): boolean {
  const sameFiles = (kind: 'documents' | 'overlays'): boolean =>
    one[kind].length === other[kind].length &&
    one[kind].every((file, index) => file === other[kind][index])
  return (
    sameFiles('documents') &&
    sameFiles('overlays') &&
    isDeepStrictEqual(one.unreadable, other.unreadable)
  )
}

/** Keeps the objects of unchanged files, since results are cached by object. */
function keepKnown(fresh: Sources, known: Sources): Sources {
  const byPath = new Map([...known.documents, ...known.overlays].map((file) => [file.path, file]))
  const keep = (file: SourceFile): SourceFile => {
    const earlier = byPath.get(file.path)
    return earlier?.text === file.text && earlier.name === file.name ? earlier : file
  }
  return { ...fresh, documents: fresh.documents.map(keep), overlays: fresh.overlays.map(keep) }
}
