/**
 * Runs in a separate thread: statements, checkpoints and the creation of a database do not block
 * requests.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { PGliteInterface, Transaction } from '@electric-sql/pglite'
import { openDirectory } from './pglite-directory.ts'
import { type Command, type Request, type Response, toPlainError } from './pglite-protocol.ts'

/** An open transaction and its end. */
interface OpenTransaction {
  readonly tx: Transaction
  readonly end: PromiseWithResolvers<void>
  /** Settles once the database has committed or rolled back. */
  readonly ended: Promise<void>
}

let open: OpenTransaction | undefined

async function run(pglite: PGliteInterface, command: Command): Promise<unknown> {
  switch (command.kind) {
    case 'query': {
      const { sql, parameters, rowMode } = command
      return await (open?.tx ?? pglite).query(sql, parameters, rowMode && { rowMode })
    }
    case 'begin':
      open = await begin(pglite)
      return undefined
    case 'commit':
    case 'rollback':
      return await end(command.kind)
    case 'close':
      return await pglite.close()
  }
}

function begin(pglite: PGliteInterface): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    const end = Promise.withResolvers<void>()
    const ended = pglite.transaction(async (tx) => {
      resolve({ tx, end, ended })
      await end.promise
    })
    ended.catch(reject)
  })
}

async function end(how: 'commit' | 'rollback'): Promise<void> {
  if (open === undefined) throw new Error(`there is no transaction to ${how}`)
  const { end, ended } = open
  open = undefined
  if (how === 'commit') {
    end.resolve()
    return await ended
  }
  end.reject(new Error('rolled back'))
  await ended.catch(() => {})
}

async function answer(id: number, work: Promise<unknown>): Promise<void> {
  const response: Response = await work.then(
    (result) => ({ id, ok: true, result }),
    (error: unknown) => ({ id, ok: false, error: toPlainError(error) }),
  )
  parentPort?.postMessage(response)
}

const opening = openDirectory(workerData.directory)
await answer(
  0,
  opening.then(() => undefined),
)
const pglite = await opening
parentPort?.on('message', ({ id, command }: Request) => void answer(id, run(pglite, command)))
