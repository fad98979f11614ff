import type { AccountService } from '@lexwright/account'
import type { Host } from '../hosts/host.ts'
import {
  type AdminCall,
  type HostAnswer,
  type HostClient,
  unexpected,
} from '../hosts/host-client.ts'
import type { HostedAccount, HostUpdateKind } from '../store/outbox-store.ts'

export interface UpdateParts {
  readonly client: HostClient
  readonly resolveDid: AccountService['resolveDid']
}

/** An update of an account's host. */
interface HostUpdate {
  readonly did: string
  readonly kinds: readonly HostUpdateKind[]
  readonly account: HostedAccount
  readonly signal: AbortSignal
}

/** The reference of the takedown that hides a deleted account. */
const DELETED = 'deleted by its owner or operator'

/**
 * Sends the present state of an account to its host. Idempotent.
 *
 * @throws {HostUnavailable} if the host may not have that state.
 */
export async function updateHost(parts: UpdateParts, update: HostUpdate): Promise<void> {
  const { kinds, account } = update
  // The status comes first: the host refuses a new handle while the account is taken down.
  if (kinds.includes('status')) await updateStatus(parts, update)
  if (kinds.includes('handle') && account.takedown === undefined) await updateHandle(parts, update)
}

/** Sends only differences, since the host emits an event for each update. */
async function updateStatus(
  parts: UpdateParts,
  { did, account, signal }: HostUpdate,
): Promise<void> {
  const { host, takedown, isDeactivated } = account
  const { body } = await demand(parts.client, host, {
    nsid: 'com.atproto.admin.getSubjectStatus',
    params: { did },
    signal,
  })
  const present = body as {
    readonly takedown?: { readonly applied: boolean; readonly ref?: string }
    readonly deactivated?: { readonly applied: boolean }
  }
  const isTakenDown = present.takedown?.applied ?? false
  const ref = takedown?.isDeletion ? DELETED : takedown?.ref
  const changesTakedown =
    isTakenDown !== (takedown !== undefined) || (ref !== undefined && ref !== present.takedown?.ref)
  // The host does not activate an account that is taken down.
  const changesActivity =
    isDeactivated !== (present.deactivated?.applied ?? false) &&
    (isDeactivated || takedown === undefined)
  if (!changesTakedown && !changesActivity) return
  await demand(parts.client, host, {
    nsid: 'com.atproto.admin.updateSubjectStatus',
    input: {
      subject: { $type: 'com.atproto.admin.defs#repoRef', did },
      ...(changesTakedown && {
        takedown: { applied: takedown !== undefined, ...(ref !== undefined && { ref }) },
      }),
      ...(changesActivity && { deactivated: { applied: isDeactivated } }),
    },
    signal,
  })
}

/** Sets the handle. The host reads the DID again, and emits an event. */
async function updateHandle(
  { client, resolveDid }: UpdateParts,
  { did, account: { host, handle }, signal }: HostUpdate,
): Promise<void> {
  const nsid = 'com.atproto.admin.updateAccountHandle'
  const answer = await client.administer(host, { nsid, input: { did, handle }, signal })
  if (answer.status === 200) return
  const document = await resolveDid(did, { isFresh: true })
  // A former host no longer needs the handle.
  if (namesHost(document, host)) throw unexpected(host.url, nsid, answer)
}

function namesHost(document: object, { url }: Host): boolean {
  const services = 'service' in document && Array.isArray(document.service) ? document.service : []
  return services.some(
    ({ id, serviceEndpoint }) => id.endsWith('#atproto_pds') && serviceEndpoint === url,
  )
}

/** @throws {HostUnavailable} for any answer but 200. */
async function demand(client: HostClient, host: Host, call: AdminCall): Promise<HostAnswer> {
  const answer = await client.administer(host, call)
  if (answer.status === 200) return answer
  throw unexpected(host.url, call.nsid, answer)
}
