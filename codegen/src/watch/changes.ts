import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join, sep } from 'node:path'
import { isLeftOut } from '../parse/read-sources.ts'

/** Milliseconds without changes that end a save, since editors save in several steps. */
const QUIET = 20

/** Milliseconds between polls of the single files, and of the identity of watched folders. */
const LOOK = 250

/** A batch of changes, collected until they pause. */
export interface Change {
  /** The changed paths; a folder represents everything below it. */
  readonly paths: ReadonlySet<string>
  /** True if the settings changed. */
  readonly settings: boolean
  /** Time of the first sign of it, as of `performance.now()`. */
  readonly since: number
}

/** Files with settings, and their state before they were read. */
export interface Settings {
  readonly files: readonly string[]
  readonly state: string
}

/** Detects files that have changed, appeared or disappeared since. */
export function settingsOf(files: readonly string[]): Settings {
  return { files, state: files.map(stateOf).join('\n') }
}

function stateOf(file: string): string {
  const entry = statSync(file, { throwIfNoEntry: false, bigint: true })
  return entry ? `${entry.ino}:${entry.mtimeNs}:${entry.size}` : ''
}

/**
 * Changed paths of some folders, and changes to the settings. A folder may be deleted, moved or replaced, for example
 * by switching branches, or be missing at first: the system's watch then reports nothing more, so the path is also
 * polled.
 */
export class Changes implements AsyncIterable<Change> {
  readonly #folders: ReadonlyMap<string, WatchedFolder>
  readonly #settings: NodeJS.Timeout
  #haveSettingsChanged = false
  #paths = new Set<string>()
  #since = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(folders: readonly string[], settings: Settings) {
    const changed = (path: string): void => this.#add(path)
    this.#folders = new Map(folders.map((path) => [path, new WatchedFolder(path, changed)]))
    this.#settings = setInterval(() => {
      if (settingsOf(settings.files).state === settings.state) return
      this.#haveSettingsChanged = true
      this.#wake?.()
    }, LOOK)
  }

  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    for (const folder of this.#folders.values()) folder.end()
    clearInterval(this.#settings)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change> {
    while (!this.#ended) {
      if (this.#haveSettingsChanged || (this.#paths.size > 0 && this.#timer === undefined)) {
        const paths = this.#paths
        this.#paths = new Set()
        yield { paths, settings: this.#haveSettingsChanged, since: this.#since }
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

/**
 * A path of a folder that exists or will exist. Each folder below it is watched separately: the recursive watch of
 * Linux loses files replaced by a rename, which is how many editors save.
 */
class WatchedFolder {
  readonly #path: string
  readonly #changed: (path: string) => void
  readonly #timer: NodeJS.Timeout
  #watchers: readonly FSWatcher[] = []
  #known: string | undefined

  constructor(path: string, changed: (path: string) => void) {
    this.#path = path
    this.#changed = changed
    this.#look()
    this.#timer = setInterval(() => {
      if (this.#look()) changed(path)
    }, LOOK)
  }

  end(): void {
    clearInterval(this.#timer)
    for (const watcher of this.#watchers) watcher.close()
  }

  /** Watches the folders now at the path; returns true if any has been replaced. */
  #look(): boolean {
    const folders = foldersIn(this.#path)
    const known = folders.map(({ path, identity }) => `${path}:${identity}`).join('\n')
    if (known === this.#known) return false
    this.#known = known
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = folders.flatMap(({ path }) => this.#watch(path))
    return true
  }

  #watch(folder: string): readonly FSWatcher[] {
    const lost = (): void => {
      this.#known = undefined
    }
    try {
      const watcher = watch(folder, (_event, name) => {
        // Without a name, anything may have changed.
        if (name === null) this.#changed(this.#path)
        else if (name.endsWith('.json')) this.#changed(join(folder, name))
      })
      return [watcher.on('error', lost)]
    } catch {
      // Deleted since it was listed.
      lost()
      return []
    }
  }
}

interface Folder {
  readonly path: string
  /** Distinguishes the folder from another at the same path. */
  readonly identity: string
}

/** A folder and those below it; empty if it does not exist. */
function foldersIn(path: string): Folder[] {
  try {
    const { dev, ino, birthtimeMs } = statSync(path)
    const below = readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !isLeftOut(entry.name))
      .flatMap((entry) => foldersIn(join(path, entry.name)))
    return [{ path, identity: `${dev}:${ino}:${birthtimeMs}` }, ...below]
  } catch {
    return []
  }
}
