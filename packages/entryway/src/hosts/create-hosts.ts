import type { HostStore } from '../store/host-store.ts'
import type { Hosts } from './host.ts'

export function createHosts(store: HostStore): Hosts {
  return {
    byAccount: (did) => store.findByAccount(did),
    byDid: (did) => store.find(did),
    open: () => store.listOpen(),
  }
}
