import { HandleNotAvailable, TemporarilyUnavailable } from '@lexwright/account'
import type {
  Arrivals,
  Logger,
  RepositoryHosts,
  RepositoryPlace,
} from '@lexwright/account/extension'
import type { Host, Hosts } from '../hosts/host.ts'
import { type HostClient, HostUnavailable } from '../hosts/host-client.ts'
import { inOrderOfWeight } from '../hosts/pick-host.ts'
import { findHome, keepPlacement } from '../store/store.ts'

interface PlaceParts extends HostChoice {
  readonly client: HostClient
  readonly arrivals: () => Arrivals
}

/** Chooses a host for each new account, and reserves a signing key there. */
export function createRepositoryHosts(parts: PlaceParts): RepositoryHosts {
  return {
    get arrivals() {
      return parts.arrivals()
    },
    findHome: (did, queries) => findHome(queries, did),
    findPlace: ({ handle }) => findHost(parts, (host) => reserveAt(parts, host, handle)),
  }
}

export interface HostChoice {
  readonly hosts: Hosts
  readonly logger: Logger
  readonly random: () => number
}

/**
 * Tries open hosts by weight until one takes an account. Skips hosts that do not answer.
 *
 * @param reserve returns undefined if the host cannot take it.
 * @throws {TemporarilyUnavailable} if no host takes it.
 */
export async function findHost<Place>(
  { hosts, logger, random }: HostChoice,
  reserve: (host: Host) => Promise<Place | undefined>,
): Promise<Place> {
  for (const host of inOrderOfWeight(await hosts.open(), random)) {
    try {
      const place = await reserve(host)
      if (place !== undefined) return place
    } catch (cause) {
      if (!(cause instanceof HostUnavailable)) throw cause
      logger.warn(
        { host: host.did, reason: cause.message },
        'a host did not reserve a signing key for a new account',
      )
    }
  }
  throw new TemporarilyUnavailable('No host accepts new accounts now; try again later', {
    retryAfterSeconds: 60,
    part: 'host',
  })
}

async function reserveAt(
  { client }: PlaceParts,
  host: Host,
  handle: string,
): Promise<RepositoryPlace> {
  // The PDS may have accounts older than the entryway. It would detect the conflict only after
  // publishing the DID.
  await assertHandleFree(client, host, { handle })
  const signingKey = await client.reserveKey(host)
  return {
    endpoint: host.url,
    signingKey,
    keep: (queries, { did, operation }) =>
      keepPlacement(queries, { did, host: host.did, signingKey, operation }),
  }
}

/** @throws {HandleNotAvailable} @throws {HostUnavailable} */
export async function assertHandleFree(
  client: HostClient,
  host: Host,
  { handle, did }: { readonly handle: string; readonly did?: string },
): Promise<void> {
  if (await client.isTaken(host, handle, { ...(did !== undefined && { did }) })) {
    throw new HandleNotAvailable('Handle is already taken', { taken: handle })
  }
}
