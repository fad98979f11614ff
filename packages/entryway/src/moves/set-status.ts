import type { Host } from '../hosts/host.ts'
import { unexpected } from '../hosts/host-client.ts'
import type { MoveRun } from './move-run.ts'

const NSID = 'com.atproto.admin.updateSubjectStatus'

/**
 * Activates or deactivates the account at a host, which activates it only if the DID names that
 * host.
 */
export async function setActive(move: MoveRun, host: Host, isActive: boolean): Promise<void> {
  await setStatus(move, host, { deactivated: { applied: !isActive } })
}

export async function takeDown(move: MoveRun, host: Host): Promise<void> {
  await setStatus(move, host, { takedown: { applied: true } })
}

async function setStatus({ client, route }: MoveRun, host: Host, status: object): Promise<void> {
  const { did, signal } = route
  const input = { subject: { $type: 'com.atproto.admin.defs#repoRef', did }, ...status }
  const answer = await client.administer(host, { nsid: NSID, input, signal })
  if (answer.status !== 200) throw unexpected(host.url, NSID, answer)
}
