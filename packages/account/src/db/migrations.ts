import type { Kysely } from 'kysely'
import { up as initial } from './migrations/0001-initial.ts'
import { up as rateLimits } from './migrations/0002-rate-limits.ts'
import { up as accountLifecycle } from './migrations/0003-account-lifecycle.ts'
import { up as resetRequestKey } from './migrations/0004-reset-request-key.ts'
import { up as loginNotice } from './migrations/0005-login-notice.ts'
import { up as recoveryKeyRemoval } from './migrations/0006-recovery-key-removal.ts'
import { up as refreshHistory } from './migrations/0007-refresh-history.ts'
import { up as sessionsOfDisabled } from './migrations/0008-sessions-of-disabled.ts'
import { up as secretFingerprints } from './migrations/0009-secret-fingerprints.ts'
import { up as outboxClaims } from './migrations/0010-outbox-claims.ts'
import { up as didLog } from './migrations/0011-did-log.ts'
import { up as didUpdate } from './migrations/0012-did-update.ts'
import { up as handleClaim } from './migrations/0013-handle-claims.ts'
import { up as signingKeys } from './migrations/0014-signing-keys.ts'
import { up as accountChanges } from './migrations/0015-account-changes.ts'
import { up as accountStates } from './migrations/0016-account-states.ts'
import { up as mailCodes } from './migrations/0017-mail-codes.ts'
import { up as appPasswords } from './migrations/0018-app-passwords.ts'
import { up as handleChecks } from './migrations/0019-handle-checks.ts'
import { up as handleCheckIndex } from './migrations/0020-handle-check-index.ts'

/** A schema migration. Never edited once released. */
export interface Migration {
  /** Sorts by age; recorded in the `migration` table. */
  readonly name: string
  /** Runs inside the migrating transaction. `schema` is the schema's name, for raw SQL. */
  up(db: Kysely<unknown>, schema: string): Promise<void>
}

export const migrations: readonly Migration[] = [
  { name: '0001-initial', up: initial },
  { name: '0002-rate-limits', up: rateLimits },
  { name: '0003-account-lifecycle', up: accountLifecycle },
  { name: '0004-reset-request-key', up: resetRequestKey },
  { name: '0005-login-notice', up: loginNotice },
  { name: '0006-recovery-key-removal', up: recoveryKeyRemoval },
  { name: '0007-refresh-history', up: refreshHistory },
  { name: '0008-sessions-of-disabled', up: sessionsOfDisabled },
  { name: '0009-secret-fingerprints', up: secretFingerprints },
  { name: '0010-outbox-claims', up: outboxClaims },
  { name: '0011-did-log', up: didLog },
  { name: '0012-did-update', up: didUpdate },
  { name: '0013-handle-claims', up: handleClaim },
  { name: '0014-signing-keys', up: signingKeys },
  { name: '0015-account-changes', up: accountChanges },
  { name: '0016-account-states', up: accountStates },
  { name: '0017-mail-codes', up: mailCodes },
  { name: '0018-app-passwords', up: appPasswords },
  { name: '0019-handle-checks', up: handleChecks },
  { name: '0020-handle-check-index', up: handleCheckIndex },
]
