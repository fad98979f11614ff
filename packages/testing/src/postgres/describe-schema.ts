import { type Kysely, sql } from 'kysely'

/**
 * A schema as text: every table with its columns, constraints, indexes and triggers, ordered by
 * name. Databases with the same text behave the same.
 *
 * @param prefix of the table names to include; all tables by default.
 */
export async function describeSchema(
  db: Kysely<unknown>,
  schema: string,
  prefix = '',
): Promise<string> {
  const tables = await lines(
    db,
    sql`select c.relname || case c.relpersistence when 'u' then ' unlogged' else '' end as line
      from pg_class c
      where c.relnamespace = ${schema}::regnamespace and c.relkind = 'r'
        and starts_with(c.relname, ${prefix}) order by c.relname`,
  )
  const sections: string[] = []
  for (const table of tables) {
    const [name] = table.split(' ')
    sections.push([table, ...(await describeTable(db, `${schema}.${name}`))].join('\n  '))
  }
  // Definitions contain the schema's name, which the host chooses.
  return `${sections.join('\n\n')}\n`.replaceAll(`${schema}.`, '')
}

async function describeTable(db: Kysely<unknown>, table: string): Promise<string[]> {
  const relation = sql`${table}::regclass`
  return [
    ...(await lines(
      db,
      sql`select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then 'not null' end,
          case a.attidentity when 'a' then 'generated always as identity' end,
          'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
        from pg_attribute a
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = ${relation} and a.attnum > 0 and not a.attisdropped
        order by a.attnum`,
    )),
    ...(await lines(
      db,
      // Not-null constraints are listed with their column.
      sql`select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid, true) as line
        from pg_constraint where conrelid = ${relation} and contype <> 'n' order by conname`,
    )),
    ...(await lines(
      db,
      sql`select pg_get_indexdef(i.indexrelid) as line
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = ${relation}
          and not exists (select from pg_constraint where conindid = i.indexrelid)
        order by c.relname`,
    )),
    ...(await lines(
      db,
      sql`select pg_get_triggerdef(oid, true) as line
        from pg_trigger where tgrelid = ${relation} and not tgisinternal order by tgname`,
    )),
  ].map((line) => line.replace(/\s+/g, ' '))
}

async function lines(db: Kysely<unknown>, query: ReturnType<typeof sql>): Promise<string[]> {
  const { rows } = await query.execute(db)
  return (rows as readonly { readonly line: string }[]).map((row) => row.line)
}
