import type { ServiceContext } from '../context.ts'
import { randomCode } from '../crypto/codes.ts'
import { InvalidUseCount } from '../errors.ts'

export interface InviteRequest {
  /** Maximum number of accounts: 1 to 100,000. */
  readonly useCount: number
  /** Creator, for the audit log. */
  readonly createdBy: string
  /** The DID of the owning account. */
  readonly forAccount?: string | undefined
}

const MAX_USES = 100_000

/**
 * Creates an invite code, `<host-name>-xxxxx-xxxxx`.
 *
 * @throws {InvalidUseCount}
 */
export async function createInviteCode(
  { store, policy, random, clock }: ServiceContext,
  { useCount, createdBy, forAccount }: InviteRequest,
): Promise<string> {
  if (!Number.isInteger(useCount) || useCount < 1 || useCount > MAX_USES) {
    throw new InvalidUseCount(`useCount must be a whole number from 1 to ${MAX_USES}`)
  }
  return await store.transaction(async (tx) => {
    const at = clock.now()
    const draw = () => `${policy.invitePrefix}-${randomCode(random)}`
    let code = draw()
    const invite = { uses: useCount, createdBy, createdAt: at, forAccount: forAccount ?? null }
    while (!(await tx.invites.insert({ ...invite, code }))) code = draw()
    await tx.audit.append({ event: 'invite.created', actor: 'admin', detail: { useCount }, at })
    return code
  })
}
