import { type AliasedRawBuilder, type Compilable, type CompiledQuery, sql } from 'kysely'
import type { Queries } from './database.ts'

/** The keys to look up, as a table to join: a column for each part of a key. */
export type Wanted<Part extends string> = AliasedRawBuilder<
  Readonly<Record<Part | 'position', string>>,
  'wanted'
>

/** Finds the row of a key. */
export type Lookup<Part extends string, Row> = (
  key: Readonly<Record<Part, string>>,
) => Promise<Row | undefined>

/** The position of the key in the batch, from 1. Every query of a lookup must select it. */
export const POSITION: AliasedRawBuilder<number, 'position'> = sql<number>`wanted.position::int`.as(
  'position',
)

/** Two, so one slow statement does not hold up all callers. */
const STATEMENTS_AT_ONCE = 2
const MAX_KEYS = 100

interface Waiting<Row> {
  readonly key: readonly string[]
  readonly resolve: (row: Row | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Batches lookups or updates by key, for authenticated calls: keys requested while statements are
 * running share the next one, which always starts after its callers asked. A statement costs far
 * more than a row, here and in the database.
 *
 * @param parts the columns of a key, in the table `wanted`
 * @param build the query; built once, since building takes about as long as running it
 */
export function createLookup<Part extends string, Row extends { readonly position: number }>(
  queries: Queries,
  parts: readonly Part[],
  build: (queries: Queries, wanted: Wanted<Part>) => Compilable<Row>,
): Lookup<Part, Row> {
  // Placeholders, found in the compiled query and replaced by the keys of each run.
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
    // PostgreSQL text cannot hold NUL, and the statement would fail for all callers in it.
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
