import { randomUUID } from 'node:crypto'
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../errno.ts'
import { lifeOf, ownIdentity, type ProcessIdentity } from './process-identity.ts'

/** The holder, as recorded in a lock file. */
export interface LockHolder extends ProcessIdentity {
  /** Unique to this acquisition. */
  readonly token: string
  /** RFC 3339. */
  readonly since: string
}

/** A lock held until it is released or the process ends. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Another process holds the lock. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
  readonly holder: LockHolder
  readonly file: string

  constructor(file: string, holder: LockHolder) {
    super(
      `${file} has been held by process ${holder.pid} on ${holder.host} since ${holder.since}. Stop that process first.`,
    )
    this.file = file
    this.holder = holder
  }
}

/** Interval of the holder's heartbeat, for observers that cannot see its process. */
const HEARTBEAT_MS = 2_000
const SILENCE_MS = 4 * HEARTBEAT_MS
const RETRY_MS = 20
/** Far more attempts than necessary on a working file system. */
const ATTEMPTS = 500

/**
 * Takes a lock: a file that names its holder. A lock whose holder died without releasing it (`kill
 * -9`, power failure) is taken over; of any number of concurrent attempts, one succeeds.
 *
 * @param silenceMs silence after which an invisible holder counts as dead
 * @throws {LockedError} if a living process holds it.
 */
export async function acquireLock(
  file: string,
  silenceMs: number = SILENCE_MS,
): Promise<DirectoryLock> {
  const holder: LockHolder = {
    ...ownIdentity(),
    token: randomUUID(),
    since: new Date().toISOString(),
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await create(file, holder)) return hold(file, holder)
    const current = await readHolder(file)
    if (current === undefined) continue
    if (!(await isGone(file, current, silenceMs))) throw new LockedError(file, current)
    await removeStale(file, current)
  }
  throw new Error(`${file} could not be locked: it keeps appearing and disappearing`)
}

/**
 * The file appears with its whole content or not at all: `link` is atomic and fails for an existing
 * name.
 */
async function create(file: string, holder: LockHolder): Promise<boolean> {
  const draft = `${file}.${holder.token}`
  await writeFile(draft, JSON.stringify(holder, null, 2), { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false
    throw error
  } finally {
    await rm(draft)
  }
}

/**
 * Removes a lock whose holder is dead. Two processes may find it stale at once, and the slower one
 * must not remove the new lock of the faster one. So removal has its own lock, under which
 * staleness is checked again. A process that dies here leaves that lock stale, and the same rule
 * applies to it.
 */
async function removeStale(file: string, seen: LockHolder): Promise<void> {
  let guard: DirectoryLock
  try {
    guard = await acquireLock(`${file}.takeover`)
  } catch (error) {
    if (!(error instanceof LockedError)) throw error
    await delay(RETRY_MS)
    return
  }
  try {
    const current = await readHolder(file)
    if (current?.token === seen.token) await rm(file, { force: true })
  } finally {
    await guard.release()
  }
}

async function isGone(file: string, holder: LockHolder, silenceMs: number): Promise<boolean> {
  const life = lifeOf(holder)
  if (life !== 'foreign') return life === 'dead'
  const before = await heartbeatOf(file)
  await delay(silenceMs)
  const after = await heartbeatOf(file)
  return before === after
}

async function heartbeatOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function hold(file: string, holder: LockHolder): DirectoryLock {
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => {})
  }, HEARTBEAT_MS)
  heartbeat.unref()
  return {
    release: async () => {
      clearInterval(heartbeat)
      const current = await readHolder(file)
      if (current?.token === holder.token) await rm(file, { force: true })
    },
  }
}

/** Undefined if there is no lock, or no longer. */
async function readHolder(file: string): Promise<LockHolder | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    const holder: LockHolder = JSON.parse(text)
    if (Number.isInteger(holder.pid) && typeof holder.token === 'string') return holder
  } catch {
    // Falls through: a lock is never half written, so this is another kind of file.
  }
  throw new Error(
    `${file} is not a lock file of this program; remove it if nothing uses the directory`,
  )
}
