import { PublicationRefused } from '@lexwright/account'
import type { Operation } from '@lexwright/account/extension'
import type { Host } from '../hosts/host.ts'
import { HostUnavailable } from '../hosts/host-client.ts'
import { inOrderOfWeight } from '../hosts/pick-host.ts'
import { signHost } from '../hosts/sign-host.ts'
import { type Attempt, headOf, mayBeWorking, readLog } from './attempt.ts'

/** Finds another host that can take the account. */
export async function findOtherHost(
  attempt: Attempt,
  { did: from }: Host,
): Promise<Host | undefined> {
  const { hosts, client, genesis, handle, signal, excluded, random } = attempt
  excluded.add(from)
  if (mayBeWorking(attempt)) return undefined
  for (const host of inOrderOfWeight(await hosts.open(), random)) {
    if (excluded.has(host.did)) continue
    const isUnfit = await client
      .isTaken(host, handle, { did: genesis.did, signal })
      .catch((cause: unknown) => cause instanceof HostUnavailable)
    if (!isUnfit) return host
  }
  return undefined
}

/**
 * Signs and stores an update that points the DID to a host, with a signing key reserved there;
 * returns the operation.
 */
export async function pointDidAt(attempt: Attempt, host: Host): Promise<string> {
  const { client, directory, extension, genesis, placements, signal, updated } = attempt
  const { did } = genesis
  updated.add(host.did)
  let head = headOf(await readLog(attempt))
  if (head === undefined) {
    await directory.publish(genesis, { signal })
    head = JSON.parse(genesis.operation) as Operation
  }
  if (head.type === 'plc_tombstone') throw new PublicationRefused('The DID is tombstoned')
  const signingKey = await client.reserveKey(host, { did, signal })
  const operation = await signHost(extension, head, { signingKey, endpoint: host.url })
  await placements.change({ did, host: host.did, signingKey, operation })
  return operation
}

/**
 * Tombstones the DID if it is published, since it will never have an account. Returns the error to
 * throw.
 */
export async function tombstoneDid(attempt: Attempt, cause: unknown): Promise<PublicationRefused> {
  const { directory, extension, genesis, signal } = attempt
  const { did } = genesis
  const head = headOf(await readLog(attempt))
  if (head !== undefined && head.type !== 'plc_tombstone') {
    await directory.updates.send({ did, operation: await extension.signEnd(head) }, { signal })
  }
  return new PublicationRefused('No host accepts the account', { cause })
}
