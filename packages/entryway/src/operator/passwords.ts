import { type AccountExtension, equalInConstantTime } from '@lexwright/account/extension'
import type { HostStore } from '../store/host-store.ts'

/** The admin passwords of hosts, sealed for storage. */
export interface Passwords {
  seal(did: string, password: string): Uint8Array
  /**
   * @throws if there is no such host, or its password was sealed under a key that is no longer
   * configured.
   */
  find(did: string): Promise<string>
  /** The DIDs of the hosts that have the password. */
  findHosts(password: string): Promise<readonly string[]>
  /** Reseals all passwords under the present key encryption key; returns how many. */
  reseal(): Promise<number>
}

export function createPasswords(
  extension: Pick<AccountExtension, 'open' | 'seal'>,
  store: HostStore,
): Passwords {
  const seal = (did: string, password: string): Uint8Array =>
    extension.seal(Buffer.from(password, 'utf8'), did)
  const open = (did: string, sealed: Uint8Array): string =>
    Buffer.from(extension.open(sealed, did)).toString('utf8')
  return {
    seal,
    find: async (did) => {
      const sealed = await store.findPassword(did)
      if (sealed === undefined) throw new Error(`There is no host ${did}`)
      return open(did, sealed)
    },
    findHosts: async (password) => {
      const hosts = await store.listPasswords()
      return hosts.flatMap(({ did, sealed }) =>
        equalInConstantTime(open(did, sealed), password) ? [did] : [],
      )
    },
    reseal: async () => {
      const hosts = await store.listPasswords()
      for (const { did, sealed } of hosts) {
        await store.replacePassword({ did, from: sealed, to: seal(did, open(did, sealed)) })
      }
      return hosts.length
    },
  }
}
