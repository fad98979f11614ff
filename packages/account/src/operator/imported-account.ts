import { isValidDid, isValidHandle } from '@atproto/syntax'
import { isImportableHash } from '../crypto/stored-password.ts'
import { canonicalEmail } from '../registration/email.ts'
import type { ImportedAccount } from './import-store.ts'

/** The reason a line was not imported, without any of its values. */
export interface ImportProblem {
  /** Line number, from 1. */
  readonly line: number
  /** Undefined if it concerns the whole line. */
  readonly field?: string
  readonly message: string
}

type Fault = Omit<ImportProblem, 'line'>

/** An account, or every problem of its line. */
export type ParsedLine =
  | { readonly account: ImportedAccount }
  | { readonly faults: readonly Fault[] }

interface Field {
  readonly isOptional?: true
  readonly demand: string
  readonly accepts: (text: string) => boolean
}

const MOMENT: Field = {
  isOptional: true,
  demand: 'must be a time such as 2026-03-01T12:00:00Z',
  accepts: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text)),
}

const FIELDS: Readonly<Record<string, Field>> = {
  did: {
    demand: 'must be a did:plc or a did:web',
    accepts: (text) => isValidDid(text) && /^did:(?:plc:[a-z2-7]{24}$|web:)/.test(text),
  },
  handle: { demand: 'must be a handle such as alice.example.com', accepts: isValidHandle },
  email: { demand: 'must be an email address', accepts: (text) => canonicalEmail(text) !== null },
  passwordHash: {
    demand: 'must be a hash of bcrypt, or <salt>:<hash> of scrypt as the official PDS stores it',
    accepts: isImportableHash,
  },
  createdAt: MOMENT,
  emailConfirmedAt: MOMENT,
}

/** Matches plausible field names, so that no misplaced value is quoted. */
const FIELD_NAME = /^[a-z]{1,30}$/i

/** Room for every field at its longest. */
const MAX_LENGTH = 16_384

export interface ImportRules {
  readonly now: Date
  /** The service's own host names, among others, which would impersonate the service as handles. */
  readonly reserved: ReadonlySet<string>
}

/** Parses one line with an account as JSON. */
export function parseImportLine(line: string, { now, reserved }: ImportRules): ParsedLine {
  if (line.length > MAX_LENGTH) return { faults: [{ message: 'the line is too long' }] }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // The message of the parser would quote the line and its hash.
    return { faults: [{ message: 'the line is not JSON' }] }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { faults: [{ message: 'the line must be a JSON object' }] }
  }
  const given = new Map<string, unknown>(Object.entries(value))
  const faults: Fault[] = [
    ...[...given.keys()]
      .filter((name) => !Object.hasOwn(FIELDS, name))
      .map((name) => {
        const message = `is not one of the fields ${Object.keys(FIELDS).join(', ')}`
        return FIELD_NAME.test(name) ? { field: name, message } : { message: `a name ${message}` }
      }),
    ...Object.entries(FIELDS).flatMap(([field, rule]) => {
      const fault = check(given.get(field), rule)
      return fault === undefined ? [] : [{ field, message: fault }]
    }),
  ]
  const handle = String(given.get('handle') ?? '').toLowerCase()
  if (reserved.has(handle))
    faults.push({ field: 'handle', message: 'is a reserved name of the service' })
  if (faults.length > 0) return { faults }

  const text = (field: string): string => String(given.get(field))
  const moment = (field: string): Date | null => (given.has(field) ? new Date(text(field)) : null)
  return {
    account: {
      did: text('did'),
      handle,
      email: text('email'),
      emailCanonical: canonicalEmail(text('email')) ?? '',
      passwordHash: text('passwordHash'),
      createdAt: moment('createdAt') ?? now,
      emailConfirmedAt: moment('emailConfirmedAt'),
    },
  }
}

function check(value: unknown, { isOptional, demand, accepts }: Field): string | undefined {
  if (value === undefined) return isOptional ? undefined : 'is missing'
  return typeof value === 'string' && accepts(value) ? undefined : demand
}
