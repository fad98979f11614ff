import { type FSWatcher, watch as watchFolder } from 'node:fs'
import { access } from 'node:fs/promises'
import { join, sep } from 'node:path'
import {
  type GenerateOptions,
  type GenerateResult,
  generateFrom,
  invalid,
  orUnwritable,
} from '../generate.ts'
import { readSources, readText } from '../parse/read-sources.ts'
import type { SourceFile, Sources } from '../parse/source.ts'
import { runPipeline } from '../pipeline.ts'
import type { OutputFile } from '../print/print.ts'
import { applyPlan, recoverOutput } from '../write/apply.ts'
import { planWrite } from '../write/plan.ts'

/** Editors save in several steps; this many milliseconds of quiet end a save. */
const QUIET = 10

export interface WatchOptions extends Omit<GenerateOptions, 'check' | 'cache'> {
  /** Called after each run with how long it took from the first sign of a change, in milliseconds. */
  readonly onResult: (result: GenerateResult, milliseconds: number) => void
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/**
 * Generates, and generates again after every change of the lexicons, until the signal is aborted. Everything that
 * was read and written stays in memory, so that one changed document costs the reading of one file and the
 * writing of what differs.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const session = new WatchSession(options)
  const folders = [...options.lexicons, ...(options.overlays ?? [])]
  const changes = new Changes(folders)
  try {
    options.signal.addEventListener('abort', () => changes.end(), { once: true })
    const started = performance.now()
    options.onResult(await orUnwritable(() => session.start()), performance.now() - started)
    if (options.signal.aborted) return
    for await (const { paths, since } of changes) {
      const result = await orUnwritable(() => session.update(paths))
      if (result) options.onResult(result, performance.now() - since)
    }
  } finally {
    changes.end()
  }
}

class WatchSession {
  readonly #options: GenerateOptions
  #sources: Sources = { documents: [], overlays: [] }
  #written: readonly OutputFile[] | undefined

  constructor(options: WatchOptions) {
    this.#options = { ...options, check: false }
  }

  async start(): Promise<GenerateResult> {
    await recoverOutput(this.#options.out)
    const { sources, diagnostics } = await readSources(this.#options)
    this.#sources = keepKnown(sources, this.#sources)
    const result = await generateFrom(this.#sources, this.#options, { unreadable: diagnostics })
    this.#written = result.status === 'done' ? result.files : undefined
    return result
  }

  /** Runs after some paths changed; `undefined` when no text is different. */
  async update(paths: ReadonlySet<string>): Promise<GenerateResult | undefined> {
    const sources = this.#reread(paths)
    if (!sources) return await this.start()
    if (sources === this.#sources) return undefined
    this.#sources = sources
    const { files, diagnostics } = runPipeline(sources, this.#options)
    if (diagnostics.length > 0) return invalid(diagnostics, sources)
    const { out } = this.#options
    if (!this.#written || !samePaths(files, this.#written) || !(await areThere(out, files))) {
      return await this.start()
    }
    const plan = planWrite(files, this.#written)
    this.#written = undefined
    await applyPlan(out, plan)
    this.#written = files
    return { status: 'done', plan, documents: sources.documents.length, files }
  }

  /** The sources with the changed files read again; `undefined` when files came or went. */
  #reread(paths: ReadonlySet<string>): Sources | undefined {
    const known = [...this.#sources.documents, ...this.#sources.overlays]
    const affected = known.filter(({ path }) => paths.has(path))
    if (affected.length !== paths.size) return undefined
    const changed = new Map<SourceFile, SourceFile>()
    for (const file of affected) {
      const text = readIfThere(file.path)
      if (text === undefined) return undefined
      if (text !== file.text) changed.set(file, { ...file, text })
    }
    if (changed.size === 0) return this.#sources
    const replace = (file: SourceFile): SourceFile => changed.get(file) ?? file
    return {
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

/** Changed paths of some folders, collected until a moment of quiet. */
class Changes {
  readonly #watchers: readonly FSWatcher[]
  #paths = new Set<string>()
  #since = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(folders: readonly string[]) {
    this.#watchers = folders.map((folder) =>
      watchFolder(folder, { recursive: true }, (_event, name) => {
        // Without a name anything may have changed: a path that is no known file means reading everything.
        if (name === null || name.endsWith('.json')) this.#add(join(folder, name ?? ''))
      }).on('error', () => this.#add(folder)),
    )
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    for (const watcher of this.#watchers) watcher.close()
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<{ paths: ReadonlySet<string>; since: number }> {
    while (!this.#ended) {
      if (this.#paths.size > 0 && this.#timer === undefined) {
        const paths = this.#paths
        this.#paths = new Set()
        yield { paths, since: this.#since }
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }

  #add(path: string): void {
    if (this.#paths.size === 0) this.#since = performance.now()
    this.#paths.add(path.split(sep).join('/'))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#wake?.()
    }, QUIET)
  }
}

/** Files whose text is the same stay the same objects: what was made of them is remembered by object. */
function keepKnown(fresh: Sources, known: Sources): Sources {
  const byPath = new Map([...known.documents, ...known.overlays].map((file) => [file.path, file]))
  const keep = (file: SourceFile): SourceFile => {
    const earlier = byPath.get(file.path)
    return earlier?.text === file.text && earlier.name === file.name ? earlier : file
  }
  return { documents: fresh.documents.map(keep), overlays: fresh.overlays.map(keep) }
}

/** True if nobody has deleted any of the files: what they hold is taken to be what was written. */
async function areThere(folder: string, files: readonly OutputFile[]): Promise<boolean> {
  const found = await Promise.all(
    files.map(({ path }) =>
      access(join(folder, path)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return !found.includes(false)
}

function samePaths(a: readonly OutputFile[], b: readonly OutputFile[]): boolean {
  return a.length === b.length && a.every(({ path }, index) => path === b[index]?.path)
}
