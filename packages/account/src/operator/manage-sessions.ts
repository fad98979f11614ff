import type { ServiceContext } from '../context.ts'
import {
  endSessionsAsOperator,
  findLiveSessions,
  type LiveSession,
} from '../sessions/live-sessions.ts'
import { findAccount } from './find-accounts.ts'
import { type Page, pageLimit, readCursor, toPage } from './page.ts'

export interface SessionQuery {
  /** Maximum number of sessions; 50 by default, 1,000 at most. */
  readonly limit?: number
  /** The cursor of the previous page. */
  readonly cursor?: string
}

/** @throws {AccountNotFound} */
export async function listSessions(
  context: ServiceContext,
  account: string,
  { limit, cursor }: SessionQuery,
): Promise<Page<LiveSession>> {
  const { did } = await findAccount(context, account)
  const size = pageLimit(limit)
  const position = readCursor(cursor)
  const sessions = await findLiveSessions(context, {
    did,
    limit: size + 1,
    ...(position !== undefined && {
      after: { createdAt: position.createdAt, id: position.key },
    }),
  })
  return toPage(sessions, size, ({ createdAt, id }) => ({ createdAt, key: id }))
}

/** @throws {AccountNotFound} @throws {SessionNotFound} */
export async function endSession(
  context: ServiceContext,
  account: string,
  id: string | undefined,
): Promise<number> {
  const { did } = await findAccount(context, account)
  return await endSessionsAsOperator(context, { did, id })
}
