import { randomUUID } from 'node:crypto'
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isErrno } from '../errno.ts'
import { lifeOf, ownIdentity, type ProcessIdentity } from './process-identity.ts'

/** The holder, as a lock file names it. */
export interface LockHolder extends ProcessIdentity {
  /** Tells this hold from every other one. */
  readonly token: string
  /** RFC 3339. */
  readonly since: string
}

/** A lock that is held until it is released or the process ends. */
export interface DirectoryLock {
  release(): Promise<void>
}

/** Somebody else holds the lock. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
  readonly holder: LockHolder
  readonly file: string

  constructor(file: string, holder: LockHolder) {
    super(
      `${file} is held by process ${holder.pid} on ${holder.host} since ${holder.since}. Stop that process first.`,
    )
    this.file = file
    this.holder = holder
  }
}

/** How often a holder shows that it lives, for those who cannot see its process. */
const HEARTBEAT_MS = 2_000
const SILENCE_MS = 4 * HEARTBEAT_MS
const RETRY_MS = 20
/** Far more attempts than it takes, unless the file system lies. */
const ATTEMPTS = 500

/**
 * Takes a lock: a file that says who holds it. A lock whose holder died without releasing it (`kill -9`, power)
 * is recognised and taken over; of any number of processes that try at once, one succeeds.
 *
 * @param silenceMs how long a holder that cannot be seen may show nothing before it counts as gone
 * @throws {LockedError} when a living process holds it.
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
  throw new Error(`${file} could not be locked: it keeps coming and going`)
}

/** The file appears with its whole content or not at all: a link is made in one step, and to a free name only. */
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
 * Removes a lock whose holder is gone. Two processes may find it stale at the same moment, and the slower must not
 * remove what the faster has taken since. So removing has a lock of its own: whoever holds it looks again, and what is
 * stale then stays as it is until removed. A process that dies here leaves that lock stale, which the same
 * rule resolves.
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

/** Undefined when there is no lock (any more). */
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
    // Falls through: a lock is never half written, so this is something else.
  }
  throw new Error(
    `${file} is not a lock file of this program; remove it if nothing uses the directory`,
  )
}
