import type { Client } from 'pg'
import { table } from '../figures.ts'

interface Part {
  readonly name: string
  readonly of: string
  readonly rows: number
  readonly bytes: number
}

/** Bytes of a row, by table and index, of the tables that grow with accounts. */
export async function describeSizes(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<Part>(`
    select child.relname as name, parent.relname as of, parent.reltuples::float8 as rows,
      pg_relation_size(child.oid)::float8 as bytes
    from pg_class parent
    join lateral (
      select parent.oid, parent.relname
      union all select indexrelid, pg_class.relname from pg_index join pg_class on pg_class.oid = indexrelid
        where indrelid = parent.oid
      union all select toast.oid, parent.relname || ', long values' from pg_class toast where toast.oid = parent.reltoastrelid
    ) child on true
    where parent.relkind = 'r' and parent.relnamespace = 'lexwright_account'::regnamespace and parent.reltuples > 1000
    order by parent.relname, child.relname <> parent.relname, child.relname`)
  return table(
    ['Table or index', 'rows', 'MB', 'bytes a row'],
    rows
      .filter(({ bytes, rows: count }) => bytes / count >= 1)
      .map(({ name, of, rows: count, bytes }) => [
        name === of ? `\`${name}\`` : name,
        name === of ? Math.round(count).toLocaleString('en') : '',
        Math.round(bytes / 1e6).toLocaleString('en'),
        (bytes / count).toFixed(0),
      ]),
  )
}
