import { getCompileCacheDir } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { createFairQueue } from './fair-queue.ts'
import type { CompareTask, HashTask } from './password-worker.ts'
import {
  createPepper,
  formatStoredPassword,
  MAX_COST,
  type Pepper,
  parseStoredPassword,
} from './stored-password.ts'

/** Options of {@link createPasswordHasher}. */
export interface PasswordHasherOptions {
  /** Secret for new hashes; kept outside the database. */
  readonly pepper: string | Uint8Array
  /** Former peppers: hashes made with them verify and report `needsRehash`. */
  readonly previousPeppers?: readonly (string | Uint8Array)[]
  /** bcrypt cost, the base-2 logarithm of its rounds: 4 to 15. */
  readonly cost: number
  /**
   * Worker threads. One fewer than the cores by default, at least one: hashing is CPU-bound, and
   * the remaining core serves all other requests.
   */
  readonly threads?: number
  /**
   * Passwords that may wait for a thread; 128 per thread by default, some 40 seconds at cost 12.
   * One caller may hold a sixteenth of them.
   */
  readonly maxQueue?: number
}

/**
 * Hashes and verifies passwords on worker threads, never on the event loop. Callers are served in
 * turn, and none can fill the queue alone. The caller null is the service itself, which has no
 * share.
 */
export interface PasswordHasher {
  /**
   * Returns the value to store for a password.
   * @throws {PasswordQueueFullError}
   */
  hash(password: string, caller: string | null): Promise<string>
  /**
   * Compares a password with a stored value. `needsRehash`, only ever true with `ok`, means that
   * the stored value should be replaced (an imported hash, an older pepper, another cost). A value
   * that is not a hash or too costly to compute gives `ok: false` after the usual time. So does a
   * wrong password for a cheaper hash, so timing does not reveal old hashes.
   * @throws {PasswordQueueFullError}
   */
  verify(password: string, stored: string, caller: string | null): Promise<PasswordVerdict>
  /**
   * Takes as long as verifying a real password; for names that do not exist.
   * @throws {PasswordQueueFullError}
   */
  verifyDummy(password: string, caller: string | null): Promise<void>
  /** Counts passwords being hashed and waiting. */
  load(): HashingLoad
  /** Stops the threads, rejects waiting passwords and refuses later ones. */
  close(): Promise<void>
}

export interface HashingLoad {
  readonly running: number
  readonly waiting: number
}

export interface PasswordVerdict {
  readonly ok: boolean
  readonly needsRehash: boolean
}

/** The queue, or this caller's share of it, is full: try again later. */
export class PasswordQueueFullError extends Error {
  override readonly name = 'PasswordQueueFullError'
  /** Estimated time until the waiting passwords are done, in whole seconds, at least 1. */
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('too many passwords are waiting to be hashed')
    this.retryAfterSeconds = retryAfterSeconds
  }
}

const QUEUE_PER_THREAD = 128
/** Share of the queue per caller, which leaves room for fifteen others. */
const SHARE = 1 / 16
/**
 * Lowers the priority of the threads below the event loop's. Only Linux has priorities per thread.
 */
const NICE = process.platform === 'linux' ? 10 : 0
/** Initial estimate for cost 12, in milliseconds; measured from then on. */
const ASSUMED_DURATION = 300

/**
 * Creates a hasher. Threads start with the first password, then stay, without keeping the process
 * alive.
 *
 * @throws {RangeError} if the cost is outside 4–15 or the pool has no threads.
 */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { cost } = options
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1)
  assertInteger('cost', cost, 4, MAX_COST)
  assertInteger('threads', threads, 1, 1024)
  const maxQueue = options.maxQueue ?? threads * QUEUE_PER_THREAD
  assertInteger('maxQueue', maxQueue, 0, Number.MAX_SAFE_INTEGER)

  const pepper = createPepper(options.pepper)
  const peppers = new Map<string, Pepper>(
    [...(options.previousPeppers ?? []).map(createPepper), pepper].map((each) => [each.id, each]),
  )
  const pool = createPool(threads, maxQueue)
  const dummy = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`

  const compare = (caller: string | null, task: CompareTask) =>
    pool.run<boolean>(caller, 'compare', task)

  async function verifyDummy(password: string, caller: string | null): Promise<void> {
    await compare(caller, { input: pepper.apply(password), stored: dummy, atLeastCost: cost })
  }

  async function verify(
    password: string,
    stored: string,
    caller: string | null,
  ): Promise<PasswordVerdict> {
    const parsed = parseStoredPassword(stored)
    const used = parsed?.kind === 'peppered' ? peppers.get(parsed.pepperId) : undefined
    if (parsed?.kind === 'scrypt') {
      const task: CompareTask = { input: password, stored: parsed.scrypt, atLeastCost: cost }
      const ok = await compare(caller, task)
      return { ok, needsRehash: ok }
    }
    if (
      parsed === undefined ||
      parsed.cost > MAX_COST ||
      (parsed.kind === 'peppered' && used === undefined)
    ) {
      await verifyDummy(password, caller)
      return { ok: false, needsRehash: false }
    }
    // Imported hashes were made from the password as typed.
    const input = used === undefined ? password : used.apply(password)
    const ok = await compare(caller, { input, stored: parsed.bcrypt, atLeastCost: cost })
    return { ok, needsRehash: ok && (used !== pepper || parsed.cost !== cost) }
  }

  return {
    hash: async (password, caller) => {
      const task: HashTask = { input: pepper.apply(password), cost }
      return formatStoredPassword(pepper.id, await pool.run<string>(caller, 'hash', task))
    },
    verify,
    verifyDummy,
    load: () => {
      const running = Math.min(pool.pending(), threads)
      return { running, waiting: pool.pending() - running }
    },
    close: () => pool.close(),
  }
}

interface Pool {
  run<Result>(
    caller: string | null,
    name: 'hash' | 'compare',
    task: HashTask | CompareTask,
  ): Promise<Result>
  /** Tasks not finished yet. */
  pending(): number
  close(): Promise<void>
}

/** A lazily started, bounded pool of bcrypt threads. */
function createPool(threads: number, maxQueue: number): Pool {
  const queue = createFairQueue({
    concurrency: threads,
    maxWaiting: maxQueue,
    maxShare: Math.ceil(maxQueue * SHARE),
  })
  let piscina: Piscina | undefined
  let closed = false
  let duration = ASSUMED_DURATION

  const start = () =>
    new Piscina({
      filename: workerFile(),
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
      niceIncrement: NICE,
      env: environment(),
    })

  return {
    run: async (caller, name, task) => {
      if (!queue.hasRoom(caller)) {
        throw new PasswordQueueFullError(
          Math.max(1, Math.ceil((queue.pending * duration) / threads / 1000)),
        )
      }
      return await queue.run(caller, async () => {
        if (closed) throw new Error('the password hasher is closed')
        piscina ??= start()
        const started = performance.now()
        try {
          return await piscina.run(task, { name })
        } finally {
          // A moving average is accurate enough for Retry-After.
          duration += (performance.now() - started - duration) / 8
        }
      })
    },
    pending: () => queue.pending,
    close: async () => {
      closed = true
      await piscina?.destroy()
    },
  }
}

/**
 * The threads share the program's compile cache, which halves the time they take to start. They get
 * nothing else of its environment, which may contain secrets.
 */
function environment(): NodeJS.Dict<string> {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

/** The worker beside this module: `.ts` when run from source, `.js` when built. */
function workerFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`./password-worker${extension}`, import.meta.url))
}

function assertInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`)
  }
}
