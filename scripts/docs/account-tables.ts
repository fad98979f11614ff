import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as errors from '../../packages/account/src/errors.ts'
import { toAnswer } from '../../packages/account/src/http/answer.ts'
import { eraAnswers } from '../../packages/account/src/http/era-answers.ts'
import { todaysAnswers } from '../../packages/account/src/http/todays-answers.ts'
import { defaultLimits } from '../../packages/account/src/limits/limits.ts'
import { resolvePolicy } from '../../packages/account/src/policy.ts'
import { ROOT } from './folders.ts'
import { classesOf, type Member, membersOf, readSource } from './source.ts'

/**
 * The tables of the account reference, written from the source. Running this file updates them: `node
 * --conditions=@lexwright/source scripts/docs/account-tables.ts`.
 */
export const REFERENCE: string = join(ROOT, 'docs/account.md')

/** The text with the tables between `<!-- table: x -->` and `<!-- end -->` rewritten. */
export function withAccountTables(markdown: string): string {
  const written = new Map<string, string>()
  for (const [, name = ''] of markdown.matchAll(/<!-- table: (\S+) -->/g)) {
    const write = tables[name]
    if (write === undefined) throw new Error(`there is no table ${name}`)
    written.set(name, write())
  }
  return markdown.replace(
    /(<!-- table: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => `${start}\n${written.get(name)}\n${end}`,
  )
}

const ACCOUNT = 'packages/account/src'
const options = readSource(`${ACCOUNT}/options.ts`)
const policy = readSource(`${ACCOUNT}/policy.ts`)

/** By name; every public interface that a host implements or receives has one. */
export const tables: Readonly<Record<string, () => string>> = {
  options: () => described(options, 'AccountModuleOptions'),
  secrets: () => described(options, 'AccountSecrets'),
  'rate-limit-options': () => described(options, 'RateLimitOptions'),
  policy: policyTable,
  hooks: hookTable,
  module: () => described(readSource(`${ACCOUNT}/module.ts`), 'AccountModule'),
  pages: () => described(readSource(`${ACCOUNT}/http/page-calls.ts`), 'PageCalls'),
  auth: () => described(readSource(`${ACCOUNT}/http/auth.ts`), 'AuthVerifiers'),
  'todays-auth': () => described(readSource(`${ACCOUNT}/http/todays-auth.ts`), 'TodaysVerifiers'),
  grant: () => described(readSource(`${ACCOUNT}/sessions/authenticate.ts`), 'AccessGrant'),
  operator: () =>
    described(readSource(`${ACCOUNT}/operator/account-operator.ts`), 'AccountOperator'),
  plc: () => described(readSource(`${ACCOUNT}/identity/plc-identity.ts`), 'PlcIdentityOptions'),
  smtp: () => described(readSource(`${ACCOUNT}/mail/smtp-mailer.ts`), 'SmtpMailerOptions'),
  files: () => described(readSource(`${ACCOUNT}/mail/file-mailer.ts`), 'FileMailerOptions'),
  message: () => described(readSource(`${ACCOUNT}/mail/mailer.ts`), 'MailMessage'),
  pwned: () =>
    described(readSource(`${ACCOUNT}/registration/pwned-passwords.ts`), 'PwnedPasswordsOptions'),
  backlog: () => described(readSource(`${ACCOUNT}/operator/backlog-store.ts`), 'Backlog'),
  errors: errorTable,
  limits: limitTable,
  columns: columnTables,
}

/** Meanings of members without a comment in the source, where the name suffices. */
const meanings: Readonly<Record<string, string>> = {
  'AccountModuleOptions.secrets': 'See [Secrets](#secrets).',
  'AccountModuleOptions.policy': 'See [Policy](#policy).',
  'AccountModuleOptions.hooks': 'See [Hooks](#hooks).',
  'AccountModuleOptions.clock': "The clock; the database's by default.",
  'AccountModuleOptions.random': 'Random bytes; those of `node:crypto` by default.',
  'AccessGrant.did': 'The account of the token.',
  'AccessGrant.handle': 'The present handle.',
  'AccessGrant.sessionId': 'The login that issued the token.',
  'AccessGrant.status': '`active`, or `disabled` with `accessReadOnly`.',
  'AccountOperator.enableAccount': 'Undoes `disableAccount`.',
  'AccountOperator.createInviteCode': 'Creates an invite code and returns it.',
  'PlcIdentityOptions.fetch': 'The global `fetch` by default.',
  'MailMessage.subject': 'One line.',
  'MailMessage.text': 'The whole mail as plain text.',
  'MailMessage.html': 'The same as HTML.',
  'FileMailerOptions.clock': 'Sets the names and dates of the mails.',
  'PwnedPasswordsOptions.logger': 'Called when a lookup fails.',
  'Backlog.oldestMailAt': 'When that mail was queued; null if none is pending.',
  'Limits.loginDaily': 'The same, over a day.',
  'Limits.resetRequestDaily': 'The same, over a day.',
  'Limits.handleDaily': 'The same, over a day.',
  AccountDisabled: 'The account is disabled by the operator.',
  'Limits.codeRequestDaily': 'The same, over a day.',
  'app_password.did': 'DID of the owner.',
  'app_password.name': 'Name given by the owner.',
  'app_password.is_privileged':
    'True if the app has privileged access, such as to private messages.',
  AccountNotFound: 'The account does not exist.',
  EmailNotAvailable: 'The address belongs to another account.',
  ExpiredResetToken: 'The reset code has expired.',
  InvalidEmail: 'The address is syntactically invalid.',
  InvalidRecoveryKey: 'The recovery key is not a `did:key` of P-256 or K-256.',
  InvalidUseCount: 'The number of uses of an invite code is not from 1 to 100,000.',
  InviteCodeNotFound: 'The invite code does not exist.',
  SessionNotFound: 'The account has no such live session.',
  'account.did': 'Never reused, even after a purge.',
  'account.status': '`pending`, `active`, `deactivated`, `disabled` or `deleted`.',
  'account.password_hash':
    '`v1.<pepper id>.<bcrypt>`, or the unchanged hash of an imported account: bcrypt, or `<salt>:<hash>` of scrypt.',
  'account.invite_code': 'The code it was created with.',
  'account.created_at': 'Time of the reservation.',
  'account.activated_at': 'Time of the activation.',
  'account.password_changed_at': 'By creation, a reset or an operator.',
  'account.deleted_at': 'Set while deleted.',
  'account.purge_after': 'Until then it can be restored.',
  'account.purged_at': 'When its personal data was removed.',
  'audit_log.event': 'See [Audit events](#audit-events).',
  'audit_log.actor': '`owner`, `admin` or `system`.',
  'audit_log.did': 'The account; null for invites and keys.',
  'audit_log.detail': 'Numbers, such as `useCount`; never personal data.',
  'did_operation.published_at': 'Null until a directory has it.',
  'did_operation.attempts': 'Attempts to publish it.',
  'did_operation.last_error': 'Why the last attempt failed.',
  'invite_code.created_by': 'Creator: `admin`, or a name given by the host.',
  'invite_code.disabled_at': 'Disabled since then.',
  'outbox.kind': 'See [Mail](#mail).',
  'outbox.last_error': 'Why the last attempt failed, without address or text.',
  'rate_limit.spent': 'Points in the current window.',
  'reset_token.token_hash': 'HMAC-SHA-256 of the code, under `tokenHmacKey`.',
  'session.id': '`sid` in its tokens.',
  'session.previous_jti': 'See `refresh_jti`.',
  'session.revoked_reason':
    '`logout`, `reuse`, `password-reset`, `account-deleted`, `account-disabled`, `app-password-revoked`, `moved-in` or `operator`.',
  'signing_key.public_key': 'As `did:key`.',
  'signing_key.private_key_sealed': 'AES-256-GCM under `keyEncryptionKey`, bound to the DID.',
  'migration.name': 'An applied migration.',
}

function described(source: string, name: string): string {
  return table(
    ['Name', 'Type', 'Meaning'],
    membersOf(source, name).map((member) => [
      nameOf(member),
      `\`${member.type}\``,
      member.comment || (meanings[`${name}.${member.name}`] ?? ''),
    ]),
  )
}

/** Marks required options. */
function nameOf({ name, isOptional, type }: Member): string {
  return `\`${name}\`${isOptional || type.startsWith('(') ? '' : ' *'}`
}

/** Defaults come from the code that fills them in. */
function policyTable(): string {
  const defaults: Partial<Record<string, unknown>> = {
    ...resolvePolicy({
      serviceDid: 'did:web:pds.example.com',
      publicUrl: 'https://pds.example.com',
      handleDomains: ['.example.com'],
    }),
  }
  return table(
    ['Name', 'Type', 'Default', 'Meaning'],
    membersOf(policy, 'AccountPolicy').map((member) => {
      const { name, isOptional, type, comment } = member
      const value = defaults[name]
      const isPlain = ['number', 'boolean'].includes(typeof value)
      return [
        nameOf(member),
        `\`${type}\``,
        isOptional && isPlain ? `\`${String(value)}\`` : '',
        comment,
      ]
    }),
  )
}

function hookTable(): string {
  return table(
    ['Hook', 'Its event'],
    membersOf(options, 'AccountHooks').map(({ name, type }) => {
      const [, event] = /event: (\w+)/.exec(type) ?? []
      if (event === undefined) return [`\`${name}\``, '`AccountChange`: see [Changes](#changes)']
      const fields = membersOf(options, event).map(
        (field) =>
          `\`${field.name}: ${field.type}\`${field.comment && ` (${lowerFirst(field.comment)})`}`,
      )
      return [`\`${name}\``, `\`${event}\`: ${fields.join(', ')}`]
    }),
  )
}

/** The status and name of each error come from the code that translates it. */
function errorTable(): string {
  const comments = classesOf(readSource(`${ACCOUNT}/errors.ts`))
  const rows: string[][] = []
  for (const [name, Refusal] of Object.entries(errors)) {
    if (name === 'AccountError') continue
    const refusal = new (Refusal as new (message: string, options: object) => errors.AccountError)(
      '',
      { retryAfterSeconds: 1, status: {} },
    )
    const wordings = [eraAnswers, todaysAnswers].map((answers) => {
      const { type, error } = toAnswer(refusal, undefined, answers) as Answer
      return `${type} \`${error}\``
    })
    rows.push([
      `\`${refusal.code}\``,
      `\`${name}\``,
      ...wordings,
      comments.get(name) || (meanings[name] ?? ''),
    ])
  }
  return table(['Code', 'Class', '2022', 'Today', 'When'], rows)
}

interface Answer {
  readonly type: number
  readonly error: string
}

function limitTable(): string {
  const comments = new Map(
    membersOf(readSource(`${ACCOUNT}/limits/limits.ts`), 'Limits').map(({ name, comment }) => [
      name,
      comment,
    ]),
  )
  return table(
    ['Limit', 'Points', 'Window', 'What counts'],
    Object.entries(defaultLimits).map(([name, { points, window }]) => [
      `\`${name}\``,
      points.toLocaleString('en'),
      `${window.toLocaleString('en')} s`,
      comments.get(name) || (meanings[`Limits.${name}`] ?? ''),
    ]),
  )
}

/** Tables and columns from the database, with their meanings from the source. */
function columnTables(): string {
  const source = readSource(`${ACCOUNT}/db/tables.ts`)
  const dump = readSource(`${ACCOUNT}/db/schema.txt`).trim().split('\n\n')
  return dump
    .map((text) => {
      const [heading = '', ...lines] = text.split('\n')
      // It may say that the table is unlogged.
      const [name = ''] = heading.split(' ')
      const rest = lines.map((line) => line.trim())
      const isRule = (line: string): boolean => /^(constraint|CREATE) /.test(line)
      const members = name === 'migration' ? [] : membersOf(source, tableName(name))
      const columns = rest
        .filter((line) => !isRule(line))
        .map((line) => {
          const [column = '', ...type] = line.split(' ')
          const comment = members.find((member) => member.name === column)?.comment
          return [`\`${column}\``, type.join(' '), comment || (meanings[`${name}.${column}`] ?? '')]
        })
      const rules = rest.filter(isRule).map((line) => `- \`${line.replace(/^constraint /, '')}\``)
      return `### \`${name}\`\n\n${table(['Column', 'Type', 'Meaning'], columns)}\n${rules.join('\n')}\n`
    })
    .join('\n')
}

function tableName(name: string): string {
  const words = name.split('_').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
  return `${words.join('')}Table`
}

function lowerFirst(text: string): string {
  return `${text[0]?.toLowerCase()}${text.slice(1).replace(/\.$/, '')}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}

if (import.meta.main) {
  writeFileSync(REFERENCE, withAccountTables(readFileSync(REFERENCE, 'utf8')))
}
