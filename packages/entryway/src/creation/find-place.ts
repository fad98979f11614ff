import { HandleNotAvailable, TemporarilyUnavailable } from '@lexwright/account'
import type { Logger, RepositoryHosts, RepositoryPlace } from '@lexwright/account/extension'
import type { Host, Hosts } from '../hosts/host.ts'
import { type HostClient, HostUnavailable } from '../hosts/host-client.ts'
import { inOrderOfWeight } from '../hosts/pick-host.ts'
import { findHome, keepPlacement } from '../store/store.ts'

interface PlaceParts {
  readonly hosts: Hosts
  readonly client: HostClient
  readonly logger: Logger
  readonly random: () => number
}

/**
 * Chooses a host for each new account by weight, and reserves a signing key there. Skips hosts that
 * do not answer.
 */
export function createRepositoryHosts(parts: PlaceParts): RepositoryHosts {
  const { hosts, logger, random } = parts
  return {
    findHome: (did, queries) => findHome(queries, did),
    findPlace: async ({ handle }) => {
      for (const host of inOrderOfWeight(await hosts.open(), random)) {
        try {
          return await reserveAt(parts, host, handle)
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
    },
  }
}

async function reserveAt(
  { client }: PlaceParts,
  host: Host,
  handle: string,
): Promise<RepositoryPlace> {
  // The PDS may have accounts older than the entryway. It would detect the conflict only after
  // publishing the DID.
  if (await client.isTaken(host, handle)) {
    throw new HandleNotAvailable('Handle is already taken', { taken: handle })
  }
  const signingKey = await client.reserveKey(host)
  return {
    endpoint: host.url,
    signingKey,
    keep: (queries, { did, operation }) =>
      keepPlacement(queries, { did, host: host.did, signingKey, operation }),
  }
}
