import type { ServiceContext } from '../context.ts'
import { translateTokenError } from './authenticate.ts'

/**
 * Ends the session of a refresh token, whichever of its family it is, expired or not. Idempotent.
 *
 * @throws {InvalidToken}
 */
export async function logOut(
  { tokens, store, clock }: ServiceContext,
  refreshJwt: string,
): Promise<void> {
  const { sessionId: id, did } = await tokens
    .verifyRefresh(refreshJwt, { allowExpired: true })
    .catch(translateTokenError)
  const at = clock.now()
  await store.transaction(async (tx) => {
    if (!(await tx.sessions.revoke({ id, did, reason: 'logout', at }))) return
    await tx.audit.append({ event: 'session.deleted', actor: 'owner', did, at })
  })
}
