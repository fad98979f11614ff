/** Default schema of the tables. */
export const DEFAULT_SCHEMA = 'lexwright_account'

/**
 * The name is spliced into statements that create tables, so it must be a plain lower-case name.
 */
export function checkSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) return schema
  throw new RangeError(`schema must be a plain lower-case name, not ${JSON.stringify(schema)}`)
}
