import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PGliteDialectConfig } from 'kysely'
import { DatabaseError } from './database.ts'
import { type Command, fromPlainError, type Request, type Response } from './pglite-protocol.ts'

/** The part of PGlite used by Kysely. */
export type KyselyPGlite = Exclude<PGliteDialectConfig['pglite'], (...args: never) => unknown>

/**
 * Opens PGlite in a thread and represents it on this one. Kysely admits one caller at a time, so
 * requests are simply processed in order.
 *
 * @throws {DatabaseError}
 */
export async function startPgliteThread(directory: string): Promise<KyselyPGlite> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const worker = new Worker(new URL(`./pglite-thread${extension}`, import.meta.url), {
    workerData: { directory },
    env: compileCache(),
  })
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  let closed = false

  const expect = <Result>(id: number): Promise<Result> => {
    const answer = Promise.withResolvers<unknown>()
    waiting.set(id, answer)
    return answer.promise as Promise<Result>
  }
  const ask = <Result>(command: Command): Promise<Result> => {
    if (closed) throw new Error('the database is closed')
    const request: Request = { id: ++lastId, command }
    const answer = expect<Result>(request.id)
    worker.postMessage(request)
    return answer
  }
  worker.on('message', (response: Response) => {
    const answer = waiting.get(response.id)
    waiting.delete(response.id)
    if (response.ok) answer?.resolve(response.result)
    else answer?.reject(fromPlainError(response.error))
  })

  await opened(worker, expect(0))
  worker.on('exit', () => {
    closed = true
    for (const answer of waiting.values()) answer.reject(new Error('the database thread has ended'))
  })

  const query: KyselyPGlite['query'] = (sql, parameters, options) =>
    ask({ kind: 'query', sql, parameters, rowMode: options?.rowMode })
  return {
    query,
    transaction: async (work) => {
      await ask({ kind: 'begin' })
      let result: Awaited<ReturnType<typeof work>>
      try {
        result = await work({ query, rollback: () => ask({ kind: 'rollback' }) })
      } catch (error) {
        await ask({ kind: 'rollback' })
        throw error
      }
      await ask({ kind: 'commit' })
      return result
    },
    close: async () => {
      await ask({ kind: 'close' })
      closed = true
      await worker.terminate()
    },
    ready: true,
    waitReady: Promise.resolve(),
    get closed() {
      return closed
    },
  }
}

/** The thread shares the program's compile cache and gets nothing else of its environment. */
function compileCache(): NodeJS.Dict<string> {
  const directory = getCompileCacheDir()
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) }
}

/** An error while opening is reported to the caller; a later one is a fault of the process. */
async function opened(worker: Worker, answer: Promise<unknown>): Promise<void> {
  const failed = Promise.withResolvers<never>()
  worker.once('error', failed.reject)
  try {
    await Promise.race([answer, failed.promise])
  } catch (cause) {
    await worker.terminate()
    const { name, message } = cause as Error
    throw name === 'DatabaseError' ? new DatabaseError(message, { cause }) : cause
  }
  worker.off('error', failed.reject)
}
