/** Where the tables are unless the host says otherwise. */
export const DEFAULT_SCHEMA = 'lexwright_account'

/** It becomes part of statements that create tables, so it is a plain lower-case name. */
export function checkSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) return schema
  throw new RangeError(`schema must be a plain lower-case name, not ${JSON.stringify(schema)}`)
}
