import type { QueryOptions } from '@electric-sql/pglite'

/**
 * Requests of the main thread to the database thread. From `begin` to `commit` or `rollback` the
 * database is reserved.
 */
export type Command =
  | {
      readonly kind: 'query'
      readonly sql: string
      readonly parameters: unknown[] | undefined
      readonly rowMode: QueryOptions['rowMode']
    }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'close' }

export interface Request {
  readonly id: number
  readonly command: Command
}

/** The answer to a request; with id 0, the result of opening the database. */
export type Response =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PlainError }

/**
 * An error between threads: structured cloning drops PostgreSQL's fields beside the message, such
 * as `code`.
 */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  readonly facts: Readonly<Record<string, unknown>>
}

/** Fields kept of a PostgreSQL error; `query` and `params` are dropped. */
const FACTS = ['code', 'severity', 'detail', 'hint', 'schema', 'table', 'column', 'constraint']

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), facts: {} }
  const facts = Object.entries(error).filter(([name]) => FACTS.includes(name))
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    facts: Object.fromEntries(facts),
  }
}

export function fromPlainError({ name, message, stack, facts }: PlainError): Error {
  return Object.assign(new Error(message), facts, { name, stack })
}
