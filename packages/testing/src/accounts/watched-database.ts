import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresQueryCompiler,
} from 'kysely'

/**
 * Called with the statements and commits of a database. An error it throws fails that statement or
 * commit.
 */
export interface DatabaseWatcher {
  beforeStatement(statement: CompiledQuery): void
  /** @param rows number of rows returned. */
  afterStatement(statement: CompiledQuery, rows: number): void
  /** @param statements those of the transaction, in order. */
  beforeCommit(statements: readonly CompiledQuery[]): void
  afterCommit(statements: readonly CompiledQuery[]): void
}

/** Wraps a database of any kind so that `watcher` sees its statements and commits. */
export function watchDatabase(db: Kysely<unknown>, watcher: DatabaseWatcher): Kysely<unknown> {
  return new Kysely({
    dialect: {
      createAdapter: () => db.getExecutor().adapter,
      createDriver: () => createWatchedDriver(db, watcher),
      createIntrospector: () => db.introspection,
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

function createWatchedDriver(db: Kysely<unknown>, watcher: DatabaseWatcher): Driver {
  const releases = new Map<DatabaseConnection, () => void>()
  const transactions = new Map<DatabaseConnection, CompiledQuery[]>()
  const connections = new Map<DatabaseConnection, DatabaseConnection>()

  const watch = (connection: DatabaseConnection): DatabaseConnection => {
    const watched: DatabaseConnection = {
      executeQuery: async (statement) => {
        watcher.beforeStatement(statement)
        transactions.get(watched)?.push(statement)
        const result = await connection.executeQuery<never>(statement)
        watcher.afterStatement(statement, result.rows.length)
        return result
      },
      streamQuery: (statement, chunkSize) => connection.streamQuery(statement, chunkSize),
    }
    connections.set(watched, connection)
    return watched
  }
  const send = async (watched: DatabaseConnection, text: string): Promise<void> => {
    await connections.get(watched)?.executeQuery(CompiledQuery.raw(text))
  }

  return {
    init: async () => {},
    acquireConnection: () =>
      new Promise((resolve, reject) => {
        const provided = db.getExecutor().provideConnection(async (connection) => {
          const released = Promise.withResolvers<void>()
          const watched = watch(connection)
          releases.set(watched, released.resolve)
          resolve(watched)
          await released.promise
        })
        provided.catch(reject)
      }),
    releaseConnection: async (watched) => {
      connections.delete(watched)
      releases.get(watched)?.()
      releases.delete(watched)
    },
    beginTransaction: async (watched) => {
      await send(watched, 'begin')
      transactions.set(watched, [])
    },
    commitTransaction: async (watched) => {
      const statements = transactions.get(watched) ?? []
      watcher.beforeCommit(statements)
      await send(watched, 'commit')
      transactions.delete(watched)
      watcher.afterCommit(statements)
    },
    rollbackTransaction: async (watched) => {
      transactions.delete(watched)
      await send(watched, 'rollback')
    },
    // The caller closes the wrapped database.
    destroy: async () => {},
  }
}
