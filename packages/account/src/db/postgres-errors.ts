/**
 * Classifies errors from the database, by fields that both `pg` and PGlite set.
 *
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */

/** The name of the violated unique constraint; undefined for other errors. */
export function violatedUniqueConstraint(error: unknown): string | undefined {
  return codeOf(error) === '23505' ? textField(error, 'constraint') : undefined
}

/** True if the transaction failed in a conflict and can be retried. */
export function isTransactionConflict(error: unknown): boolean {
  const code = codeOf(error)
  return code === '40001' || code === '40P01'
}

/** True if the table or the schema does not exist. */
export function isUndefinedTable(error: unknown): boolean {
  const code = codeOf(error)
  return code === '42P01' || code === '3F000'
}

/** True if the database is unreachable, failing over or short of resources: worth a retry. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const code = codeOf(error)
  if (code !== undefined && UNAVAILABLE.test(code)) return true
  const message = textField(error, 'message')
  return message !== undefined && UNAVAILABLE_MESSAGES.some((text) => message.includes(text))
}

/**
 * Connection exceptions (08), insufficient resources (53), lock and statement timeouts (55P03,
 * 57014), shutdown and recovery (57P01 to 57P03), a primary that became a replica (25006), and
 * network errors.
 */
const UNAVAILABLE =
  /^(?:08...|53...|55P03|57014|57P0[1-3]|25006|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/

/** `pg` gives these no code. */
const UNAVAILABLE_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Query read timeout',
]

/** Describes an unavailable database in a word or two; undefined for other errors. */
export function databaseTrouble(error: unknown): string | undefined {
  if (textField(error, 'message')?.includes('timeout exceeded when trying to connect'))
    return 'pool'
  const code = codeOf(error)
  if (code !== undefined && code in TROUBLES) return TROUBLES[code]
  return isTransactionConflict(error) || isDatabaseUnavailable(error) ? 'database' : undefined
}

const TROUBLES: Readonly<Record<string, string>> = {
  '25006': 'read-only database',
  '40001': 'conflict',
  '40P01': 'deadlock',
  '53100': 'disk full',
  '53200': 'out of memory',
  '53300': 'too many connections',
  '55P03': 'lock',
  '57014': 'statement timeout',
}

/**
 * Removes quoted rows and parameters, which `pg` and PGlite attach, from a database error: no email
 * address or password hash reaches a log. Keeps the cause and its location.
 */
export function withoutData(error: unknown): unknown {
  if (error instanceof Error && codeOf(error) !== undefined) {
    for (const field of ['detail', 'where', 'params', 'internalQuery'])
      Reflect.deleteProperty(error, field)
  }
  return error
}

function codeOf(error: unknown): string | undefined {
  return textField(error, 'code')
}

function textField(error: unknown, field: string): string | undefined {
  if (typeof error !== 'object' || error === null || !(field in error)) return undefined
  const value: unknown = (error as Readonly<Record<string, unknown>>)[field]
  return typeof value === 'string' ? value : undefined
}
