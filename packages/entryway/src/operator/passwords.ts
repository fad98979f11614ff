import type { AccountExtension } from '@lexwright/account/extension'
import type { HostStore } from '../store/host-store.ts'

/** The admin passwords of hosts, sealed for storage. */
export interface Passwords {
  seal(did: string, password: string): Uint8Array
  /**
   * @throws if there is no such host, or its password was sealed under a key that is no longer
   * configured.
   */
  find(did: string): Promise<string>
  /** Reseals all passwords under the present key encryption key; returns how many. */
  reseal(): Promise<number>
}

export function createPasswords(
  extension: Pick<AccountExtension, 'open' | 'seal'>,
  store: HostStore,
): Passwords {
  const find = async (did: string): Promise<{ sealed: Uint8Array; password: string }> => {
    const sealed = await store.findPassword(did)
    if (sealed === undefined) throw new Error(`There is no host ${did}`)
    return { sealed, password: Buffer.from(extension.open(sealed, did)).toString('utf8') }
  }
  const seal = (did: string, password: string): Uint8Array =>
    extension.seal(Buffer.from(password, 'utf8'), did)
  return {
    seal,
    find: async (did) => (await find(did)).password,
    reseal: async () => {
      const hosts = await store.list()
      for (const { did } of hosts) {
        const { sealed, password } = await find(did)
        await store.replacePassword({ did, from: sealed, to: seal(did, password) })
      }
      return hosts.length
    },
  }
}
