import type { AccountExtension } from '@lexwright/account/extension'
import type { Hosts } from '../hosts/host.ts'
import type { HostClient } from '../hosts/host-client.ts'
import type { CopyStore, FormerCopy } from '../store/copy-store.ts'
import type { PlacementStore } from '../store/placement-store.ts'

interface CopyParts {
  readonly extension: Pick<AccountExtension, 'logger' | 'now'>
  readonly hosts: Hosts
  readonly client: HostClient
  readonly placements: PlacementStore
  readonly store: CopyStore
}

/** Removes copies at hosts that accounts have left. */
export interface Copies {
  /** Removes copies older than 30 days. */
  removeOld(): Promise<void>
  /** Removes the copies of accounts that have moved to a PDS elsewhere. */
  removeDeparted(query: { readonly before: Date; readonly host?: string }): Promise<void>
}

/** How long an old host keeps its copy. */
const COPY_SECONDS = 30 * 24 * 60 * 60
/** Timeout of a call, in milliseconds. */
const TIMEOUT_MS = 30_000

export function createCopies({ extension, hosts, client, placements, store }: CopyParts): Copies {
  /** False if the host does not answer; the next run tries again. */
  async function remove({ did, from }: FormerCopy): Promise<boolean> {
    const host = await hosts.byDid(from)
    if (host === undefined) return true
    try {
      await client.remove(host, did, AbortSignal.timeout(TIMEOUT_MS))
      return true
    } catch (err) {
      extension.logger.warn({ did, host: from, err }, 'the copy of an account could not be removed')
      return false
    }
  }

  const removeDeparted: Copies['removeDeparted'] = async (query) => {
    for (const copy of await store.listDeparted(query)) {
      if (await remove(copy)) await store.forgetPlace(copy)
    }
  }

  return {
    removeDeparted,
    removeOld: async () => {
      const before = new Date((await extension.now()).getTime() - COPY_SECONDS * 1000)
      for (const copy of await store.listFormerCopies(before)) {
        const place = await placements.find(copy.did)
        if (place?.host === copy.from || (await remove(copy))) await store.forgetCopy(copy)
      }
      await removeDeparted({ before })
    },
  }
}
