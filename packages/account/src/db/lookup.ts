import { type AliasedRawBuilder, type Compilable, type CompiledQuery, sql } from 'kysely'
import type { Queries } from './database.ts'

/** The keys that are looked up, as a table that a query can join: a column for each part of a key. */
export type Wanted<Part extends string> = AliasedRawBuilder<
  Readonly<Record<Part | 'position', string>>,
  'wanted'
>

/** Finds the row for a key. */
export type Lookup<Part extends string, Row> = (
  key: Readonly<Record<Part, string>>,
) => Promise<Row | undefined>

/** Which key a row is for, counted from 1. To be selected by every query of a lookup. */
export const POSITION: AliasedRawBuilder<number, 'position'> = sql<number>`wanted.position::int`.as(
  'position',
)

/** So that one slow statement does not hold up everybody. */
const STATEMENTS_AT_ONCE = 2
const MAX_KEYS = 100

interface Waiting<Row> {
  readonly key: readonly string[]
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Looks up rows by key, or changes them, for what authenticated calls do: keys asked for while statements are under way share
 * the next one, which asks the database after all of their callers asked for them. A statement costs far more than a
 * row, here and at the database.
 *
 * @param parts the columns of a key, in the table `wanted`
 * @param build the query; run once, since building one takes about as long as running it
 */
export function createLookup<Part extends string, Row extends { readonly position: number }>(
  queries: Queries,
  parts: readonly Part[],
  build: (queries: Queries, wanted: Wanted<Part>) => Compilable<Row>,
): Lookup<Part, Row> {
  // Found again in the compiled query, and replaced by the keys of each run.
  const standIns: readonly (readonly string[])[] = parts.map(() => [])
  let template: CompiledQuery<Row> | undefined
  const waiting: Waiting<Row>[] = []
  let running = 0

  const run = async (batch: readonly Waiting<Row>[]): Promise<void> => {
    template ??= build(queries, wantedTable(parts, standIns)).compile()
    const parameters = template.parameters.map((parameter) => {
      const part = standIns.indexOf(parameter as readonly string[])
      return part < 0 ? parameter : batch.map(({ key }) => key[part])
    })
    const { rows } = await queries.executeQuery<Row>({ ...template, parameters })
    const found = new Map(rows.map((row) => [row.position, row]))
    for (const [index, { resolve }] of batch.entries()) resolve(found.get(index + 1))
  }

  const runWaiting = (): void => {
    while (running < STATEMENTS_AT_ONCE && waiting.length > 0) {
      const batch = waiting.splice(0, MAX_KEYS)
      running++
      run(batch)
        .catch((error: unknown) => {
          for (const { reject } of batch) reject(error)
        })
        .finally(() => {
          running--
          runWaiting()
        })
    }
  }

  return async (key) => {
    const values = parts.map((part) => key[part])
    // No text in PostgreSQL holds it, and a statement with it fails for all who share it.
    if (values.some((value) => value.includes('\0'))) return undefined
    return await new Promise((resolve, reject) => {
      waiting.push({ key: values, resolve, reject })
      runWaiting()
    })
  }
}

function wantedTable<Part extends string>(
  parts: readonly Part[],
  keys: readonly (readonly string[])[],
): Wanted<Part> {
  const arrays = keys.map((key) => sql`${key}::text[]`)
  const columns = [...parts, 'position'].map((part) => sql.ref(part))
  return sql<
    Record<Part | 'position', string>
  >`unnest(${sql.join(arrays)}) with ordinality`.as<'wanted'>(sql`wanted(${sql.join(columns)})`)
}
