import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join, sep } from 'node:path'
import { isLeftOut } from '../parse/read-sources.ts'

/** Editors save in several steps; this many milliseconds of quiet end a save. */
const QUIET = 20

/** Milliseconds between two looks at the single files, and at whether a watched folder is still the one at its path. */
const LOOK = 250

/** Collects changes until a moment of quiet. */
export interface Change {
  /** The changed paths; a folder stands for everything below it. */
  readonly paths: ReadonlySet<string>
  /** True if the settings changed. */
  readonly settings: boolean
  /** When the first sign of it came, on the clock of `performance.now()`. */
  readonly since: number
}

/** Files that hold settings, and what was known of them before they were read. */
export interface Settings {
  readonly files: readonly string[]
  readonly state: string
}

/** Tells files that were changed since, or came or went, from those that were not. */
export function settingsOf(files: readonly string[]): Settings {
  return { files, state: files.map(stateOf).join('\n') }
}

function stateOf(file: string): string {
  const entry = statSync(file, { throwIfNoEntry: false, bigint: true })
  return entry ? `${entry.ino}:${entry.mtimeNs}:${entry.size}` : ''
}

/**
 * Changed paths of some folders, and changes of the settings. A folder may be deleted, moved or replaced, as a switch of
 * branches does, and may be missing at first: a system that watches it says nothing more of its path, so the path is
 * looked at now and then.
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
 * A path at which there is a folder, or will be. Each folder below it is watched on its own: the recursive watch of Linux
 * loses a file that another is renamed over, which is how many editors save.
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

  /** Watches what is at the path now; true if some folder is another than before. */
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
        // Without a name anything may have changed.
        if (name === null) this.#changed(this.#path)
        else if (name.endsWith('.json')) this.#changed(join(folder, name))
      })
      return [watcher.on('error', lost)]
    } catch {
      // Gone again since it was looked at.
      lost()
      return []
    }
  }
}

interface Folder {
  readonly path: string
  /** Tells the folder from another that has its path. */
  readonly identity: string
}

/** A folder and those below it; none if there is no folder at the path. */
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
