import type { ServiceContext } from '../context.ts'
import { SessionNotFound } from '../errors.ts'
import type { LiveSession, LiveSessionQuery } from './session-store.ts'
import { endSessions } from './sessions.ts'

export type { LiveSession } from './session-store.ts'

/** Live logins of an account, newest first. */
export function findLiveSessions(
  { store, clock }: ServiceContext,
  query: Omit<LiveSessionQuery, 'now'>,
): Promise<readonly LiveSession[]> {
  return store.sessions.listLive({ ...query, now: clock.now() })
}

/**
 * Ends one login of an account for the operator, or all; returns how many.
 *
 * @throws {SessionNotFound} if the account has no such live session.
 */
export async function endSessionsAsOperator(
  { store, clock }: ServiceContext,
  { did, id }: { readonly did: string; readonly id: string | undefined },
): Promise<number> {
  return await store.transaction(async (tx) => {
    const at = clock.now()
    const reason = 'operator'
    if (id === undefined) {
      const sessions = await endSessions(tx, { did, reason, at })
      if (sessions > 0) await audit(sessions)
      return sessions
    }
    if (!(await tx.sessions.revoke({ id, did, reason, at }))) {
      throw new SessionNotFound('The account has no such session')
    }
    await audit(1)
    return 1

    async function audit(sessions: number): Promise<void> {
      const detail = { sessions }
      await tx.audit.append({ event: 'session.ended', actor: 'admin', did, detail, at })
    }
  })
}
