import type { Queries } from './database.ts'
import type { AuditActor } from './tables.ts'

export type { AuditActor } from './tables.ts'

export type AuditEvent =
  | 'account.activated'
  | 'account.created'
  | 'account.released'
  | 'account.deleted'
  | 'account.disabled'
  | 'account.enabled'
  | 'account.imported'
  | 'account.moved'
  | 'account.moved-in'
  | 'account.purged'
  | 'account.restored'
  | 'admin.authenticated'
  | 'admin.refused'
  | 'host.added'
  | 'host.changed'
  | 'host.removed'
  | 'handle.change-began'
  | 'handle.change-undone'
  | 'handle.changed'
  | 'account.deactivated'
  | 'app.authorized'
  | 'app.reuse-detected'
  | 'app.revoked'
  | 'app-password.created'
  | 'app-password.revoked'
  | 'auth-factor.changed'
  | 'browser.forgotten'
  | 'code.issued'
  | 'email.changed'
  | 'email.confirmed'
  | 'handle.proven'
  | 'handle.unproven'
  | 'owner.authenticated'
  | 'identity.adopted'
  | 'identity.signed'
  | 'identity.submitted'
  | 'invite.created'
  | 'invite.disabled'
  | 'invites.allowed'
  | 'invites.blocked'
  | 'keys.resealed'
  | 'password.reset-token-issued'
  | 'password.reset'
  | 'password.set'
  | 'recovery-key.removal-began'
  | 'recovery-key.removed'
  | 'mail.dropped'
  | 'mail.retried'
  | 'moderator.authenticated'
  | 'secrets.accepted'
  | 'session.created'
  | 'session.deleted'
  | 'session.ended'
  | 'session.reuse-detected'
  | 'signing-key.exported'
  | 'signing-key.replaced'

export type AuditDetail = Readonly<Record<string, string | number | boolean>>

/**
 * One line of the audit log. It outlives the account, so it holds no personal data and no secrets.
 */
export interface AuditEntry {
  readonly event: AuditEvent
  readonly actor: AuditActor
  readonly did?: string
  readonly detail?: AuditDetail
  readonly at: Date
}

export interface AuditStore {
  append(entry: AuditEntry): Promise<void>
}

export function createAuditStore(queries: Queries): AuditStore {
  return {
    append: async ({ event, actor, did, detail, at }) => {
      await queries
        .insertInto('audit_log')
        .values({ at, event, actor, did: did ?? null, detail: JSON.stringify(detail ?? {}) })
        .execute()
    },
  }
}
