import type { Compilable, CompiledQuery } from 'kysely'
import type { Queries } from './database.ts'

/** The first row that a statement gives for these values, in the order of its parameters. */
export type Statement<Row> = (...values: readonly string[]) => Promise<Row | undefined>

/**
 * A query that is built with its first run and from then on only filled in. Building one takes about
 * as long as running it, which counts for what every authenticated call does.
 *
 * @param build is handed a stand-in for each value, to be used as that value would be.
 */
export function createStatement<Row>(
  queries: Queries,
  build: (queries: Queries, ...standIns: readonly string[]) => Compilable<Row>,
): Statement<Row> {
  let template: CompiledQuery<Row> | undefined
  return async (...values) => {
    const standIns = values.map((_, index) => `stand-in ${index}`)
    template ??= build(queries, ...standIns).compile()
    const parameters = template.parameters.map((parameter) => {
      const index = standIns.indexOf(String(parameter))
      return index < 0 ? parameter : values[index]
    })
    const { rows } = await queries.executeQuery<Row>({ ...template, parameters })
    return rows[0]
  }
}
